"""What the router announces in WELCOME: exactly what it does, in one table."""

from typing import Any

ROLES: dict[str, Any] = {
    "broker": {
        "reflection": True,
        "features": {
            "event_history": True,
            "event_retention": True,
            "pattern_based_subscription": True,
            "payload_passthru_mode": True,
            "payload_transparency": True,
            "publication_trustlevels": True,
            "publisher_exclusion": True,
            "publisher_identification": True,
            "session_meta_api": True,
            "subscriber_blackwhite_listing": True,
            "subscription_meta_api": True,
            "subscription_revocation": True,
        },
    },
    "dealer": {
        "reflection": True,
        "features": {
            "call_canceling": True,
            "call_reroute": True,
            "call_timeout": True,
            "call_trustlevels": True,
            "caller_identification": True,
            "pattern_based_registration": True,
            "payload_passthru_mode": True,
            "payload_transparency": True,
            "progressive_call_invocations": True,
            "progressive_call_results": True,
            "registration_meta_api": True,
            "registration_revocation": True,
            "session_meta_api": True,
            "shared_registration": True,
            "testament_meta_api": True,
        },
    },
}
