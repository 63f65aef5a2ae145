"""The demonstration accountant: how much each episode teaches, by mutual information; imports core, numpy and scipy."""

from midp_ros.accounting.accountant import Accountant, Verdict
from midp_ros.accounting.ranking import AccountingError, Ranked, Ranking, rank

__all__ = ["Accountant", "AccountingError", "Ranked", "Ranking", "Verdict", "rank"]
