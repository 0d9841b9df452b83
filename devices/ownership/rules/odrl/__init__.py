"""
Policies: a closed subset of ODRL 2.2, with three-valued logic. Unknown means refuse; a prohibition wins.

Source: W3C ODRL Information Model 2.2 and Vocabulary; vectors ``odrl.json``.
"""
