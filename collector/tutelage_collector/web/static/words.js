// What pages say when something did not work, and how they send a form.
export const TOO_OLD = "This browser is too old for it: use a present Edge, Chrome, Firefox or Safari.";

// Our own sentences are plain Errors; what browsers throw has other names, and is for no reader.
export const inWords = (error, otherwise = TOO_OLD) =>
  error instanceof Error && error.name === "Error" ? error.message : otherwise;

export async function post(address, fields) {
  const answer = await fetch(address, { method: "POST", body: new URLSearchParams(fields) });
  if (answer.status === 204) return null;
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  throw new Error(said.says ?? "The collector does not take it: reload the page, and try again.");
}
