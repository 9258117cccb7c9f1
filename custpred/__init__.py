"""AutoML for customer prediction."""
