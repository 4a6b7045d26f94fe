// react-plaid-link of 2019: a class component that always injects the script and takes a link_token as its `token`.
import React, { StrictMode, useState } from "react";
import ReactDOM from "react-dom";
import PlaidLink from "react-plaid-link";

const { token, publicKey, told } = window;

function Connect({ onDone }) {
  return (
    <PlaidLink
      publicKey={publicKey}
      token={token}
      clientName="The Shop"
      env="sandbox"
      product={["auth", "transactions"]}
      className="connect"
      onSuccess={(public_token, metadata) => {
        told.push(["success", public_token, metadata]);
        onDone();
      }}
      onExit={(problem, metadata) => told.push(["exit", problem, metadata])}
      onEvent={(name, metadata) => told.push(["event", name, metadata])}
      onLoad={() => told.push(["load"])}
    >
      Connect
    </PlaidLink>
  );
}

function App() {
  const [shown, show] = useState(true);
  window.unmount = () => show(false);
  return shown ? <Connect onDone={() => show(false)} /> : <p id="gone">Done</p>;
}

ReactDOM.render(
  <StrictMode>
    <App />
  </StrictMode>,
  document.getElementById("root"),
);
