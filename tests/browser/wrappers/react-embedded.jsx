// react-plaid-link's embedded search as its documentation shows it: new callbacks with every render, in StrictMode.
import React, { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { PlaidEmbeddedLink } from "react-plaid-link";

const { token, told } = window;

function App() {
  const [shown, show] = useState(true);
  const [, again] = useState(0);
  window.unmount = () => show(false);
  window.render = () => again((times) => times + 1);
  if (!shown) return <p id="gone">Done</p>;
  return (
    <PlaidEmbeddedLink
      token={token}
      style={{ width: "350px", height: "400px" }}
      onSuccess={(public_token, metadata) => told.push(["success", public_token, metadata])}
      onExit={(problem, metadata) => told.push(["exit", problem, metadata])}
      onEvent={(name, metadata) => told.push(["event", name, metadata])}
      onLoad={() => told.push(["load"])}
    />
  );
}

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
