// ngx-plaid-link in an Angular application, compiled in the browser.
import "zone.js";
import "@angular/compiler";
import { Component, signal } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { NgxPlaidLinkModule } from "ngx-plaid-link";

const { told } = window;

class Shop {
  token = window.token;
  receivedRedirectUri = location.search.startsWith("?oauth_state_id=") ? location.href : undefined;
  shown = signal(true);

  constructor() {
    window.unmount = () => this.shown.set(false);
  }

  onSuccess({ token, metadata }) {
    told.push(["success", token, metadata]);
    this.shown.set(false);
  }

  onExit({ error, metadata }) {
    told.push(["exit", error, metadata]);
  }

  onEvent({ eventName, metadata }) {
    told.push(["event", eventName, metadata]);
  }

  onLoad() {
    told.push(["load"]);
  }
}

Component({
  selector: "shop-page",
  imports: [NgxPlaidLinkModule],
  template: `
    @if (shown()) {
      <mr-ngx-plaid-link-button
        env="sandbox"
        clientName="The Shop"
        buttonText="Connect"
        className="connect"
        [token]="token"
        [receivedRedirectUri]="receivedRedirectUri"
        (Success)="onSuccess($event)"
        (Exit)="onExit($event)"
        (Event)="onEvent($event)"
        (Load)="onLoad($event)"
      />
    } @else {
      <p id="gone">Done</p>
    }
  `,
})(Shop);

document.getElementById("root").append(document.createElement("shop-page"));
bootstrapApplication(Shop).catch((error) => told.push(["failed", String(error)]));
