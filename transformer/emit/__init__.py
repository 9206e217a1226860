"""The text of a plan. It prints what the plan says and decides nothing but the layout."""
