"""What runs behind the practice Exchange management endpoint: cmdlets over a store, without knowledge of the wire."""

from lab.exchange.cmdlets.engine import ExchangeCmdlets

__all__ = ["ExchangeCmdlets"]
