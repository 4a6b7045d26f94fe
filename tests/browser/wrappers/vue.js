// vue-plaid-link2 in a Vue application. It holds Plaid and its handler in reactive data, so every call comes through a Proxy.
import { createApp, h, ref } from "vue";
import PlaidLink from "vue-plaid-link2";

const { token, told } = window;
const receivedRedirectUri = location.search.startsWith("?oauth_state_id=") ? location.href : undefined;

createApp({
  setup() {
    const shown = ref(true);
    window.unmount = () => (shown.value = false);
    const listeners = {
      onLoad: () => told.push(["load"]),
      onSuccess: (public_token, metadata) => {
        told.push(["success", public_token, metadata]);
        shown.value = false;
      },
      onExit: (problem, metadata) => told.push(["exit", problem, metadata]),
      onEvent: (name, metadata) => told.push(["event", name, metadata]),
    };
    const connect = () => h("button", { id: "connect" }, "Connect");
    const props = { env: "sandbox", clientName: "The Shop", link_token: token, receivedRedirectUri, ...listeners };
    return () => (shown.value ? h(PlaidLink, props, connect) : h("p", { id: "gone" }, "Done"));
  },
}).mount("#root");
