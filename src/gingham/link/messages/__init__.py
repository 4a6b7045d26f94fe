"""What Link says: one catalogue a language (`<language>.json`, message key -> text), rendered where a pane
leaves the server.

Every key exists in English; a language that lacks one speaks English there. Texts are calm and exact: a title
says what to do, an error says what happened and what to do next. Values stand in braces and are never
interpreted. A text that counts is an object of its plural forms by CLDR category (`one`, `few`, `other`, …).
"""
