"""Contains all the data models used in inputs/outputs"""

from .error import Error
from .link import Link
from .resume_request import ResumeRequest
from .token_generation_data import TokenGenerationData
from .token_required import TokenRequired

__all__ = (
    "Error",
    "Link",
    "ResumeRequest",
    "TokenGenerationData",
    "TokenRequired",
)
