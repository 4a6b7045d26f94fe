// A page of the field: react-plaid-link as its documentation shows it, in StrictMode.
import React, { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { usePlaidLink } from "react-plaid-link";

const { token, told } = window;
const receivedRedirectUri = location.search.startsWith("?oauth_state_id=") ? location.href : undefined;

function Connect({ onDone }) {
  const { open, ready, error } = usePlaidLink({
    token,
    receivedRedirectUri,
    onSuccess: (public_token, metadata) => {
      told.push(["success", public_token, metadata]);
      onDone();
    },
    onExit: (problem, metadata) => told.push(["exit", problem, metadata]),
    onEvent: (name, metadata) => told.push(["event", name, metadata]),
    onLoad: () => told.push(["load"]),
  });
  useEffect(() => {
    if (error) told.push(["failed", String(error)]);
  }, [error]);
  return (
    <button id="connect" disabled={!ready} onClick={() => open()}>
      Connect
    </button>
  );
}

function App() {
  const [shown, show] = useState(true);
  window.unmount = () => show(false);
  return shown ? <Connect onDone={() => show(false)} /> : <p id="gone">Done</p>;
}

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
