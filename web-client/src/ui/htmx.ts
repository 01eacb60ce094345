/** HTMX, without what a strict Content-Security-Policy forbids: evaluated code and an inline style. */

import htmx from "htmx.org";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0;

export { htmx };
