/* Sessions that hold subscriptions which nothing that is published matches. */
#ifndef OTHERS_H
#define OTHERS_H

#include "scenario.h"

/* Have `count` subscriptions made, one of each pattern, and held until the end. Returns the router's CPU time for each
 * in microseconds. */
double hold_subscriptions(struct bench *bench, unsigned count);

#endif
