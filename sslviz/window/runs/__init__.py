"""The runs behind the window: session, what is known of each run, its engine process. No widgets."""
