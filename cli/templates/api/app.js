const list = document.querySelector("ul");
const form = document.querySelector("form");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = new FormData(form).get("text");
  await ask("/api/notes", { method: "POST", body: JSON.stringify({ text }) });
  form.reset();
  await show();
});

await show();

async function show() {
  const { notes } = await ask("/api/notes");
  list.replaceChildren(...notes.map(({ id, text }) => {
    const remove = document.createElement("button");
    remove.textContent = "Remove";
    remove.addEventListener("click", async () => {
      await ask(`/api/notes/${id}`, { method: "DELETE" });
      await show();
    });
    const item = document.createElement("li");
    item.append(text, " ", remove);
    return item;
  }));
}

async function ask(path, init) {
  const response = await fetch(path, init);
  const answer = response.status === 204 ? undefined : await response.json();
  if (!response.ok) alert(answer.error);
  return answer;
}
