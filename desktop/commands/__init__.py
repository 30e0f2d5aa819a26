"""Everything a person can have the desk do: the list of actions, their keys, the palette."""
