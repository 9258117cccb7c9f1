"""The script that Streamlit runs for every user; imported by child processes of a run, it does nothing."""

if __name__ == "__main__":
    from custpred.dashboard._views.frame import show

    show()
