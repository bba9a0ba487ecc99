// Keeps the list of alerts up to date. Without scripts the page is complete when it is loaded.
const list = document.getElementById("alerts");
const live = document.getElementById("live");
const said = document.getElementById("said");
const title = document.title;
let unseen = 0;

async function renew() {
  const answer = await fetch(list.dataset.rows, { headers: { accept: "text/html" } });
  if (answer.status === 401) {
    location.assign("/sign-in");
  } else if (answer.ok) {
    const focused = list.contains(document.activeElement)
      ? document.activeElement.getAttribute("href") : null;
    // Our own server's rows, in which every value is escaped; scripts in it would not run (CSP).
    list.innerHTML = await answer.text();
    if (focused) {
      list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    }
  }
}

const stream = new EventSource(list.dataset.stream);
stream.addEventListener("open", () => {
  live.hidden = false;
  renew(); // what came while the stream was down
});
stream.addEventListener("error", () => {
  live.hidden = true;
  if (stream.readyState === EventSource.CLOSED) {
    setTimeout(() => location.reload(), 5000); // signed out, or the collector has restarted
  }
});
stream.addEventListener("change", renew); // somebody looked, or somebody further was told
stream.addEventListener("alert", async (event) => {
  const { grade } = JSON.parse(event.data);
  await renew();
  said.textContent = `New alert, grade ${grade}`;
  if (document.hidden) {
    unseen += 1;
    document.title = `(${unseen}) ${title}`;
  }
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    unseen = 0;
    document.title = title;
  }
});
addEventListener("pagehide", () => stream.close());
