"""What every module that makes changes is told of the review (``arguments/mailboxes.py``)."""

from __future__ import annotations


class ModuleDocFragment:
    """What ansible-doc looks for."""

    DOCUMENTATION = r"""
options:
  reviewed:
    description: >-
      The fingerprints of the changes that may be made, as M(plan_report) returns them, separated by spaces. Any other is reported and
      not made. C(*) stands for all.
    type: str
    default: "*"
"""
