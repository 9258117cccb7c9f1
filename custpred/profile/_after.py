"""Names of columns usually written after the outcome: cancel_date, refund, status at close."""

from __future__ import annotations

import re

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_AFTER = re.compile(
    r"\b(cancel|canceled|cancelled|cancellation|cancellations|refund|refunded|refunds|closed|closing|closure"
    r"|churned|churn|terminated|termination|terminate|deactivated|deactivation|unsubscribe|unsubscribed"
    r"|chargeback|chargebacks|writeoff|collections|recovered|recoveries|recovery|settled|settlement"
    r"|outcome|resolution|resolved|winback|reactivated|reactivation|after|afterwards|followup|future|next"
    r"|departure|departed|defaulted|leaving)\b"
)
_AFTER_PAIRS = re.compile(
    r"\b(reservation status|account status|order status|customer status|subscription status|contract status"
    r"|loan status|final status|status date|end date|close date|exit date|exit survey|exit interview"
    r"|exit reason|last status|final bill|final payment|final invoice|days until|days to|write off"
    r"|charged off|follow up|left on|left date|date left|lost date|won date|date of leaving|win back)\b"
)
_BEFORE = re.compile(r"\b(previous|prior|past|before|prev|history|historical|earlier|former|last|first)\b")
_COURSE = re.compile(r"\b(duration|call length|talk time|handle time|handling time|session length)\b")


def words(name: str) -> str:
    """Return a name as lower-case words.

    >>> words("isCanceled"), words("reservation_status.date")
    ('is canceled', 'reservation status date')
    """
    return " ".join(_WORDS.findall(name)).lower()


def suggests_later_event(name: str) -> bool:
    """Return whether a name describes something that happens after the outcome.

    >>> suggests_later_event("cancel_date"), suggests_later_event("previous_cancellations")
    (True, False)
    """
    phrase = words(name)
    return bool(_AFTER_PAIRS.search(phrase) or (_AFTER.search(phrase) and not _BEFORE.search(phrase)))


def suggests_contact_length(name: str) -> bool:
    """Return whether a name is that of a contact's length, such as that of a call.

    >>> suggests_contact_length("duration")
    True
    """
    return bool(_COURSE.search(words(name)))


def names_target(name: str, target: str) -> bool:
    """Return whether a name contains the target's, if that has more than three letters.

    >>> names_target("churn_score", "Churn"), names_target("city", "y")
    (True, False)
    """
    own, other = words(target).replace(" ", ""), words(name).replace(" ", "")
    return len(own) > 3 and own in other
