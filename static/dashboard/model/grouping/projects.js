/** What containers belong together: the project of Compose, the stack of Swarm, the pod of Kubernetes. Pure. */

import { commonPrefix, shortId } from "../../base/short-name.js";
import { push } from "../../base/lists.js";

/** @typedef {import("../types.js").Container} Container */

/** Labels that name what a container belongs to; the first that is there counts. */
const LABELS = ["com.docker.compose.project", "io.podman.compose.project", "com.docker.stack.namespace"];
const POD = { namespace: "io.kubernetes.pod.namespace", name: "io.kubernetes.pod.name" };

/** The project, stack or pod of a container; null: none is known. @param {Container} container @return {string|null} */
export function projectOf({ labels, pod: own }) {
  const pod = labels?.[POD.name] && [labels[POD.namespace], labels[POD.name]].filter(Boolean).join("/");
  return LABELS.map((label) => labels?.[label]).find(Boolean) || (own ? own.name || shortId(own.id) : pod) || null;
}

/**
 * What the names of a container's project begin with, by container id; "" where that is nothing.
 * @param {Iterable<Container>} containers
 * @return {Map<string, string>}
 */
export function prefixesOf(containers) {
  /** @type {Map<string, Container[]>} */
  const projects = new Map();
  for (const container of containers) {
    const project = projectOf(container);
    if (project !== null) push(projects, project, container);
  }
  const members = [...projects.values()].map((list) => ({ list, prefix: commonPrefix(list.map(({ name }) => name)) }));
  return new Map(members.flatMap(({ list, prefix }) => list.map(({ id }) => /** @type {const} */ ([id, prefix]))));
}
