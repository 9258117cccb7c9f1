"""Why a customer gets a score."""
