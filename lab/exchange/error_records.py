"""Errors of cmdlets as PowerShell's error records [MS-PSRP 2.2.3.15]."""

from __future__ import annotations

from psrpcore.types import ErrorCategory, ErrorCategoryInfo, ErrorRecord, NETException

from lab.exchange.pipeline import Failed

COR_E_EXCEPTION = -2146233088
_BASES = {
    "PipelineStoppedException": ["System.Management.Automation.RuntimeException", "System.SystemException"],
    "ParameterBindingException": ["System.Management.Automation.RuntimeException", "System.SystemException"],
    "CommandNotFoundException": ["System.Management.Automation.RuntimeException", "System.SystemException"],
    "PSNotSupportedException": ["System.NotSupportedException", "System.SystemException"],
}
STOPPED = Failed(
    "System.Management.Automation.PipelineStoppedException",
    "PipelineStoppedException",
    "The pipeline has been stopped.",
    "OperationStopped",
    "PipelineStopped",
)


def error_record(failed: Failed) -> ErrorRecord:
    """The record with exception, category and identifier. There is no InvocationInfo: clients ask for none."""
    exception = NETException(Message=failed.message, HResult=COR_E_EXCEPTION)
    exception.PSObject.type_names = [failed.exception_type, *_BASES.get(failed.reason, []), "System.Exception", "System.Object"]
    return ErrorRecord(
        Exception=exception,
        CategoryInfo=ErrorCategoryInfo(
            Category=_category(failed.category),
            Activity=failed.activity or None,
            Reason=failed.reason,
            TargetName=failed.target or None,
            TargetType="String" if failed.target else None,
        ),
        TargetObject=failed.target or None,
        FullyQualifiedErrorId=failed.fully_qualified_error_id,
    )


def _category(name: str) -> ErrorCategory:
    try:
        return ErrorCategory[name]
    except KeyError:
        return ErrorCategory.NotSpecified


def unexpected(error: Exception) -> Failed:
    """A defect of the practice cmdlets, as a client sees a defect of real ones."""
    reason = type(error).__name__
    return Failed(f"System.{reason}", reason, f"{reason} in the practice Exchange; see its log", "NotSpecified", reason, terminating=True)
