/**
 * Serves the page against a recorded or made state, without the real server: for looking at it, and for its own tests.
 *
 *     node tests/browser/harness/serve.mjs [--port 8765] [--state FILE | --crowd PROCESSES,CONTAINERS | --none]
 *
 * The templates are filled in by hand here (the tags they use, no more), under the content security policy of the real server.
 */

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { extname, join } from "node:path";
import { crowdState, demoState } from "../../js/make-state.mjs";

const root = join(import.meta.dirname, "../../..");
const { values } = parseArgs({ options: { port: { type: "string", default: "8765" }, state: { type: "string" }, crowd: { type: "string" }, none: { type: "boolean" } } });
const state = values.none ? null : await chosenState();
const CSP = "default-src 'self'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'";
const KINDS = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html" };

async function chosenState() {
  if (values.state) return JSON.parse(await readFile(values.state, "utf8"));
  if (values.crowd) return crowdState(...values.crowd.split(",").map(Number));
  return demoState();
}

async function render(name) {
  const page = await readFile(join(root, "templates/dashboard", name), "utf8");
  const base = await readFile(join(root, "templates/dashboard/base.html"), "utf8");
  const blocks = Object.fromEntries([...page.matchAll(/\{% block (\w+) %\}([\s\S]*?)\{% endblock %\}/g)].map((match) => [match[1], match[2]]));
  return base
    .replace(/\{% block (\w+) %\}([\s\S]*?)\{% endblock %\}/g, (_, block, text) => blocks[block] ?? text)
    .replace(/\{% static '([^']+)' %\}/g, "/static/$1")
    .replace(/\{% url '([^']+)' %\}/g, "/$1")
    .replace("{{ hosts_url }}", "/api/v1/hosts")
    .replaceAll("{{ user }}", "reader")
    .replace("{{ version }}", "0.1.0")
    .replace("{{ request.scheme }}://{{ request.get_host }}", "http://127.0.0.1:8000")
    .replace(/\{%[^%]*%\}|\{\{[^}]*\}\}/g, "");
}

function hostRow() {
  const { host, processes, containers, taken_at } = state;
  return { id: host.machine_id, hostname: host.hostname, kernel: host.kernel, boot_id: host.boot_id, seq: 1, seen_at: taken_at, interval_s: 3600, stale: false, processes: processes.length, containers: containers.length };
}

async function answer(path) {
  if (path === "/") return [".html", await render("page.html")];
  if (path === "/sign-in") return [".html", await render("sign_in.html")];
  if (path === "/api/v1/hosts") return [".json", JSON.stringify(state ? [hostRow()] : [])];
  if (path.endsWith("/state")) return [".json", JSON.stringify(state)];
  if (path.startsWith("/static/") && !path.includes("..")) return [extname(path), await readFile(join(root, path))];
  return null;
}

const server = createServer(async (request, response) => {
  const path = new URL(request.url, "http://localhost").pathname;
  const found = await answer(path).catch(() => null);
  response.writeHead(found ? 200 : 404, { "Content-Type": KINDS[found?.[0]] ?? "application/json", "Content-Security-Policy": CSP, "X-Isoscope-Seq": "1", "Cache-Control": "no-store" });
  response.end(found?.[1] ?? "{}");
});

/** The handshake of RFC 6455, and then silence: enough to be “in step”. */
server.on("upgrade", async (request, socket) => {
  const { createHash } = await import("node:crypto");
  const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  socket.on("error", () => socket.destroy());
});

server.listen(Number(values.port), "127.0.0.1", () => console.log(`http://127.0.0.1:${values.port}/`));
