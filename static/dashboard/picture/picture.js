/**
 * Turns states and options into a picture, as SVG. Pure: the same input gives the same bytes, in a browser and
 * outside of one. The graph is drawn from the same scene that the page's canvas shows.
 */

import { contentOf } from "./content.js";
import { ENGLISH, speak } from "../base/i18n.js";
import { frameAround } from "./frame/frame.js";
import { KOREAN } from "../base/ko.js";
import { readPictureOptions } from "./options.js";
import { readSubject } from "./subject.js";

/**
 * @typedef {object} PictureRequest
 * @property {{seq: number, state: import("../model/types.js").HostState}[]} states  one, or two to compare; seq 0 where
 *   it has no number
 * @property {string} query  see options.js
 * @property {import("./frame/frame.js").Viewport|null} [viewport]  without it, everything is laid out and drawn
 */

const LANGUAGES = { en: ENGLISH, ko: KOREAN };

/**
 * @param {PictureRequest} request
 * @return {import("./frame/frame.js").Picture}
 * @throws {import("./options.js").PictureProblem}
 */
export function makePicture(request) {
  const subject = subjectOf(request);
  const viewport = request.viewport ?? null;
  return frameAround(subject, contentOf(subject, viewport), viewport);
}

/** What is drawn, in the language that is asked for. @param {PictureRequest} request */
export function subjectOf({ states, query }) {
  const options = readPictureOptions(query);
  speak(LANGUAGES[options.lang]);
  return readSubject(states, options);
}
