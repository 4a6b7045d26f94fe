// The bank's window at the end of its errand. Only a window that a script has opened may be closed by one.
window.close();
