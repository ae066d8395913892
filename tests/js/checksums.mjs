/** Reads a list of states from the standard input and writes their checksums, for the tests of the Python side. */

import { text } from "node:stream/consumers";
import { checksum } from "../../static/dashboard/checksum.js";

console.log(JSON.stringify(JSON.parse(await text(process.stdin)).map(checksum)));
