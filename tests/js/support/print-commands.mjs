/** The commands that the details offer for a container, its init and its namespaces: `manage.py scan --json | node … NAME`. */

import { text } from "node:stream/consumers";
import { commandsOfContainer, commandsOfNamespace } from "../../../static/dashboard/model/shell-commands.js";
import { stateFrom } from "../../../static/dashboard/model/store.js";

const state = stateFrom(JSON.parse(await text(process.stdin)), 1);
const container = [...state.containers.values()].find(({ name }) => name === process.argv[2]);
if (!container) throw new Error(`no container is named ${process.argv[2]}`);
const init = [...state.processes.values()].find(({ pid }) => pid === container.init_pid);
const spaces = Object.values(init?.namespaces ?? {})
  .map((key) => state.namespaces.get(key ?? ""))
  .filter((space) => space !== undefined);
const commands = [
  ...commandsOfContainer(state, container, init),
  ...spaces.flatMap((space) => commandsOfNamespace(space, init)),
];
console.log(JSON.stringify(commands.map((command) => command.text)));
