"""Secrets whose form shows their issuer, anywhere in a text. Pure.

A form is searched only where its beginning is found, so a text without any costs one search for each beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

_FORMS: Final = (
    # AWS, Google, Azure, Alibaba, DigitalOcean, Databricks
    *((start, r"[A-Z0-9]{16}(?![A-Za-z0-9])") for start in ("AKIA", "ASIA", "ABIA", "ACCA")),
    ("AIza", r"[\w\-]{30,}"),
    ("ya29.", r"[\w\-.]{8,}"),
    ("GOCSPX-", r"[\w\-]{16,}"),
    ("LTAI", r"[A-Za-z0-9]{12,}"),
    *((start, r"[a-f0-9]{32,}") for start in ("dop_v1_", "doo_v1_", "dor_v1_")),
    ("dapi", r"[a-f0-9]{32}"),
    # code and packages
    *((start, r"[A-Za-z0-9]{16,}") for start in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    ("github_pat_", r"\w{20,}"),
    *((start, r"[\w\-.]{16,}") for start in ("glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glft-", "glsoat-")),
    ("npm_", r"[A-Za-z0-9]{20,}"),
    ("pypi-", r"[\w\-]{16,}"),
    *((start, r"[\w\-]{16,}") for start in ("nfp_", "sqp_", "squ_", "sqa_")),
    ("rubygems_", r"[a-f0-9]{32,}"),
    ("dckr_pat_", r"[\w\-]{16,}"),
    ("dckr_oat_", r"[\w\-]{16,}"),
    ("ATATT3", r"[\w\-=]{16,}"),
    ("ATCTT3", r"[\w\-=]{16,}"),
    ("CCIPAT_", r"\w{16,}"),
    ("bkua_", r"[a-z0-9]{20,}"),
    ("oy2", r"[a-z0-9]{43}"),
    # messages and mail
    *((f"xox{kind}-", r"[\w\-.]{10,}") for kind in "abceoprs"),
    ("xapp-", r"[\w\-]{16,}"),
    ("SG.", r"[\w\-]{16,}\.[\w\-]{16,}"),
    ("xkeysib-", r"[\w\-]{20,}"),
    ("key-", r"[a-f0-9]{32}"),
    ("re_", r"[A-Za-z0-9]{6,10}_[A-Za-z0-9]{16,}"),
    # payment
    *((f"{kind}_{mode}_", r"\w{10,}") for kind in ("sk", "rk") for mode in ("live", "test")),
    ("whsec_", r"[A-Za-z0-9+/=]{16,}"),
    *((start, r"[a-fA-F0-9]{32}") for start in ("shpat_", "shpss_", "shpca_", "shppa_")),
    *((start, r"[\w\-]{20,}") for start in ("sq0atp-", "sq0csp-")),
    # models
    ("sk-", r"[\w\-]{16,}"),
    ("hf_", r"[A-Za-z0-9]{20,}"),
    ("r8_", r"[A-Za-z0-9]{20,}"),
    ("gsk_", r"[A-Za-z0-9]{20,}"),
    *((start, r"[\w\-]{20,}") for start in ("nvapi-", "xai-", "pplx-")),
    # vaults, networks, platforms, monitoring
    *((start, r"[\w\-.]{16,}") for start in ("hvs.", "hvb.", "hvr.")),
    ("s.", r"[A-Za-z0-9]{24}(?![\w\-])"),
    ("AGE-SECRET-KEY-1", r"[A-Z0-9]{20,}"),
    ("ops_eyJ", r"[\w\-]{16,}"),
    ("tskey-", r"[\w\-]{12,}"),
    ("fo1_", r"[\w\-]{20,}"),
    ("FlyV1 ", r"[\w\-,=+/]{16,}"),
    ("sbp_", r"[a-f0-9]{32,}"),
    *((start, r"[\w\-.]{16,}") for start in ("pscale_tkn_", "pscale_pw_", "glsa_", "glc_", "sntrys_", "sntryu_")),
    ("NRAK-", r"[A-Z0-9]{16,}"),
    ("dt0c01.", r"[A-Z0-9]{24}\.[A-Z0-9]{32,}"),
    ("lin_api_", r"[A-Za-z0-9]{20,}"),
    *((start, r"[A-Za-z0-9]{30,}") for start in ("pnu_", "pnb_")),
    ("1//0", r"[\w\-]{20,}"),
    ("ntn_", r"[A-Za-z0-9]{20,}"),
    ("secret_", r"[A-Za-z0-9]{32,}"),
    ("figd_", r"[\w\-]{20,}"),
    ("PMAK-", r"[a-f0-9]{16,}-[a-f0-9]{16,}"),
    ("eyJ", r"[\w\-]{8,}\.[\w\-]+\.[\w\-]*"),
)
"""How a secret begins, and what follows. A letter, digit or underscore before it makes it another word."""

_ANYWHERE: Final = (
    ("PRIVATE KEY", r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----(?P<secret>.+?)(?:-----END|\Z)"),
    ("hooks.slack.com/", r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[\w/\-]+)"),
    ("/api/webhooks/", r"/api/webhooks/\d+/(?P<secret>[\w\-]+)"),
    ("webhook.office.com/", r"webhook\.office\.com/(?P<secret>[\w/@\-]+)"),
    ("hooks.zapier.com/", r"hooks\.zapier\.com/hooks/\w+/(?P<secret>[\w/]+)"),
    ("api.telegram.org/", r"api\.telegram\.org/(?:file/)?bot(?P<secret>[\w:\-]+)"),
    ("/with/key/", r"/with/key/(?P<secret>[\w\-]+)"),
    ("/hook", r"/hooks?/(?:[\w\-]{1,15}/){0,3}+(?P<secret>[\w\-]{16,}(?:/[\w\-]+)*)"),
    ("/webhook", r"/webhooks?/(?:[\w\-]{1,15}/){0,3}+(?P<secret>[\w\-]{16,}(?:/[\w\-]+)*)"),
    (".atlasv1.", r"\b(?P<secret>[A-Za-z0-9]{10,20}\.atlasv1\.[\w\-]{20,})"),
    ("$apr1$", r"(?P<secret>\$apr1\$[./A-Za-z0-9$]{16,})"),
    *(
        (f"${kind}$", rf"(?P<secret>\${kind}\$[./A-Za-z0-9$=,+]{{20,}})")
        for kind in ("2a", "2b", "2y", "5", "6", "y")
    ),
    (".youtube.com/live2/", r"\.youtube\.com/live2/(?P<secret>[\w\-]{8,})"),
    ("live_", r"(?<![A-Za-z0-9_])(?P<secret>live_\d{6,}_\w{16,})"),
    ("rtmp/FB-", r"rtmp/(?P<secret>FB-[\w\-]{8,})"),
    (":AA", r"(?<!\d)(?P<secret>\d{8,10}:AA[\w\-]{30,})"),
)

_PATTERNS: Final = tuple(
    (start, re.compile(rf"(?<![A-Za-z0-9_])(?P<secret>{re.escape(start)}{rest})")) for start, rest in _FORMS
) + tuple((start, re.compile(form, re.DOTALL)) for start, form in _ANYWHERE)

BEGINNINGS: Final = tuple(start for start, _ in _PATTERNS)


Form = tuple[str, re.Pattern[str]]


def forms_in(text: str) -> list[Form]:
    """The forms whose beginning is in the text."""
    return [form for form in _PATTERNS if form[0] in text]


def find_issued(text: str, forms: Iterable[Form]) -> Iterator[tuple[int, int]]:
    """The places of secrets of these forms in the text, as start and end; they may overlap."""
    for start, pattern in forms:
        if start in text:
            for found in pattern.finditer(text):
                yield found.span("secret")
