"""Scans a server with sslyze and compares it with Mozilla's profiles; runs on a Python of its own, see the Makefile.

sslyze needs no network for that: it brings the profiles along. Usage: sslyze_scan.py PORT CA_FILE; prints, as JSON,
profile -> what is wrong by it, and the versions of TLS that were spoken.
"""

import json
import sys
from pathlib import Path

from sslyze import (
    CertificateInfoExtraArgument,
    ScanCommandsExtraArguments,
    Scanner,
    ServerNetworkConfiguration,
    ServerNetworkLocation,
    ServerScanRequest,
)
from sslyze.mozilla_tls_profile.tls_config_checker import (
    SCAN_COMMANDS_NEEDED_BY_MOZILLA_CHECKER,
    MozillaTlsConfiguration,
    ServerNotCompliantWithTlsConfiguration,
    TlsConfigurationEnum,
    check_server_against_tls_configuration,
)

VERSIONS = ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1", "tls_1_2", "tls_1_3")
PROFILES = {
    "intermediate": TlsConfigurationEnum.MOZILLA_INTERMEDIATE,
    "modern": TlsConfigurationEnum.MOZILLA_MODERN,
}


def main(port: int, ca_file: Path) -> None:
    """Scan localhost and print what came of it."""
    scanner = Scanner()
    scanner.queue_scans(
        [
            ServerScanRequest(
                server_location=ServerNetworkLocation("localhost", port, "127.0.0.1"),
                network_configuration=ServerNetworkConfiguration("localhost", network_timeout=20),
                scan_commands=SCAN_COMMANDS_NEEDED_BY_MOZILLA_CHECKER,
                scan_commands_extra_arguments=ScanCommandsExtraArguments(
                    certificate_info=CertificateInfoExtraArgument(custom_ca_file=ca_file)
                ),
            )
        ]
    )
    [result] = scanner.get_results()
    issues = {}
    for name, profile in PROFILES.items():
        try:
            check_server_against_tls_configuration(result, MozillaTlsConfiguration.get(profile))
            issues[name] = {}
        except ServerNotCompliantWithTlsConfiguration as error:
            issues[name] = error.issues
    scans = {version: getattr(result.scan_result, f"{version}_cipher_suites").result for version in VERSIONS}
    spoken = [version for version, scan in scans.items() if scan.is_tls_version_supported]
    print(json.dumps({"issues": issues, "spoken": spoken}))


main(int(sys.argv[1]), Path(sys.argv[2]))
