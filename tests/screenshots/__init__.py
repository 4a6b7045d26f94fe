"""Pictures of every pane of Link and every page of the sample app, taken from the real thing in a real browser.

`python -m tests.screenshots` writes `<page>-<width>-<scheme>.png` and a contact sheet, `index.html`, into
screenshots/, which is not kept. `--readme` makes docs/link.png, which is.
"""
