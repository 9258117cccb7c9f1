"""The script that Streamlit runs for every user; imported by a child process, it does nothing."""

if __name__ == "__main__":
    from custpred.dashboard._views.frame import show

    show()
