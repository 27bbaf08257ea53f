// Says why a passkey cannot be used, or that it was not; allauth's scripts do the rest.
"use strict";

function showNote(kind) {
  document.querySelectorAll("[data-passkey]").forEach((note) => { note.hidden = note.dataset.passkey !== kind; });
}

const isAddress = /^[\d.]+$|^\[/.test(location.hostname); // browsers bind a passkey to a name
if (!window.PublicKeyCredential || isAddress) {
  showNote("unsupported");
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("passkey-button");
    if (button) button.disabled = true;
  });
}
document.addEventListener("allauth.error", (event) => { event.preventDefault(); showNote("failed"); });
