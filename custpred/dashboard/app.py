"""The script that Streamlit runs for every visitor; children of a run import it and do nothing."""

if __name__ == "__main__":
    from custpred.dashboard._views.frame import show

    show()
