// What the desk can do better with script than without: files by drag and drop, the upload's progress, a live audit.
"use strict";

for (const zone of document.querySelectorAll("[data-drop]")) {
  const input = zone.querySelector("input[type=file]");
  const list = zone.querySelector("[data-chosen]");
  zone.querySelector("[data-drop-hint]").hidden = false;
  const show = () => {
    list.replaceChildren(...[...input.files].map((file) => {
      const item = document.createElement("li");
      item.textContent = `${file.name} · ${Math.max(1, Math.round(file.size / 1024))} KB`;
      return item;
    }));
  };
  input.addEventListener("change", show);
  for (const type of ["dragenter", "dragover"]) {
    zone.addEventListener(type, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const all = new DataTransfer();
    for (const file of [...input.files, ...event.dataTransfer.files]) all.items.add(file);
    input.files = all.files;
    show();
  });
}
// A file that is dropped beside the zone must not take the page away.
for (const type of ["dragover", "drop"]) addEventListener(type, (event) => event.preventDefault());

for (const form of document.querySelectorAll("[data-upload]")) {
  const bar = form.querySelector("[data-progress]");
  form.addEventListener("submit", (event) => {
    const size = [...form.querySelector("input[type=file]").files].reduce((sum, file) => sum + file.size, 0);
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    addEventListener("pageshow", () => { button.disabled = false; }, { once: true });
    if (size < 1 << 20) return; // done before a bar could be seen
    event.preventDefault();
    bar.hidden = false;
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (at) => { bar.value = at.total ? (100 * at.loaded) / at.total : 0; });
    request.addEventListener("load", () => {
      if (request.status === 200 && request.responseURL) {
        location.assign(request.responseURL);
        return;
      }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const said = page.querySelector("[role=alert]");
      fail(said ? said.textContent : request.responseText.slice(0, 300));
    });
    request.addEventListener("error", () => fail(request.statusText || "✗"));
    const fail = (words) => {
      button.disabled = false;
      bar.hidden = true;
      let alert = document.getElementById("error");
      if (!alert) {
        alert = document.createElement("p");
        alert.id = "error";
        alert.className = "notice";
        alert.tabIndex = -1;
        alert.setAttribute("role", "alert");
        form.prepend(alert);
      }
      alert.textContent = words;
      alert.focus();
    };
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
}

const wrong = document.getElementById("error");
if (wrong) wrong.focus();

for (const run of document.querySelectorAll("[data-audit]")) {
  const log = run.querySelector("[data-log]");
  const source = new EventSource(`/audit/events?after=${run.dataset.after}`);
  log.scrollTop = log.scrollHeight;
  source.addEventListener("message", (event) => {
    const news = JSON.parse(event.data);
    const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 40;
    if (news.lines.length) log.append(`${news.lines.join("\n")}\n`);
    if (atEnd) log.scrollTop = log.scrollHeight;
    if (news.total) {
      const bar = run.querySelector("[data-going]");
      bar.max = news.total;
      bar.value = news.done;
      run.querySelector("[data-count]").textContent = news.done;
      run.querySelector("[data-total]").textContent = news.total;
    }
  });
  source.addEventListener("over", () => {
    source.close();
    location.reload();
  });
}
