// What any piece of a page needs when it arrives, at first or later. Without side effects on import: it is loaded
// by several modules, under one address.
import { drawPlaceholder } from "./thumbhash.js";

export function setUp(scope) {
  for (const button of scope.querySelectorAll("[data-copy]")) button.hidden = false;
  for (const picture of scope.querySelectorAll("[data-thumbhash]")) drawPlaceholder(picture);
}
