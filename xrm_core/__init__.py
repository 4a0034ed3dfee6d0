"""The xRM platform: stores, checks and shows what an organisation declares in metadata. It knows no party, donor or customer."""

__version__ = "0.1.0"
