/* WAMP-CRA, the client's half (WAMP specification, "Challenge Response Authentication"). */
#ifndef CRA_H
#define CRA_H

#include "common.h"

struct cra_challenge {
    struct slice text; /* what is signed */
    struct slice salt; /* empty: the secret is the key */
    unsigned iterations, key_bytes;
};

enum { CRA_SIGNATURE_SIZE = 45 };

/* Sign the challenge: base64 of HMAC-SHA256, with a terminating zero. The derived key is kept for the next login. */
void cra_sign(const char *secret, const struct cra_challenge *challenge, char signature[CRA_SIGNATURE_SIZE]);

/* Resolve JSON escapes in place of a copy; the result lives until the next call. */
struct slice json_unescape(struct slice text);

#endif
