/** Reads one state a line from the standard input and answers each with its checksum, for the tests of the Python side. */

import { createInterface } from "node:readline";
import { checksum } from "../../../static/dashboard/model/checksum.js";

for await (const line of createInterface(process.stdin)) console.log(checksum(JSON.parse(line)));
