"""Black boxes over personal zones while a picture is taken, and the proof that they covered them.

The boxes are painted in the page's top layer, over dialogs too. After the picture the page is
asked again where its personal zones are: a zone that came or moved meanwhile is not covered, and
the picture must not be kept.
"""

from __future__ import annotations

_ZONES = """
  const deep = (root, selector) => {
    const found = [...root.querySelectorAll(selector)];
    for (const e of root.querySelectorAll('*'))
      if (e.shadowRoot) found.push(...deep(e.shadowRoot, selector));
    return found;
  };
  const zones = selectors.flatMap((selector) => deep(document, selector));
  const placed = (e) => {
    const own = e.getBoundingClientRect();
    if (own.width && own.height) return own;
    const range = document.createRange();
    range.selectNodeContents(e);
    return range.getBoundingClientRect();
  };
  const boxes = zones.map(placed).filter((b) => b.width && b.height).map((b) => [
    b.left + scrollX, b.top + scrollY, b.width, b.height,
  ]);
"""

PAINT = (
    """async ([selectors, colour, fontsMs]) => {
  const late = new Promise((go) => setTimeout(go, fontsMs));
  await Promise.race([document.fonts.ready, late]);
  for (const old of document.querySelectorAll('anef-masks')) old.remove();
  const root = document.documentElement, body = document.body || root;
  const width = Math.max(root.scrollWidth, body.scrollWidth, root.clientWidth);
  const height = Math.max(root.scrollHeight, body.scrollHeight, root.clientHeight);
  const moving = [];
  for (const one of document.getAnimations()) {
    const end = one.effect ? one.effect.getComputedTiming().endTime : Infinity;
    try {
      if (Number.isFinite(end)) { one.finish(); continue; }
      if (one.playState !== 'running') continue;
      one.pause();
      one.currentTime = 0;
      moving.push(one);
    } catch { /* an animation that cannot be set stays as it is */ }
  }
  """
    + _ZONES
    + """
  const make = (name, style) => {
    const e = document.createElementNS('http://www.w3.org/1999/xhtml', name);
    for (const name in style) e.style.setProperty(name, style[name], 'important');
    return e;
  };
  const focused = document.activeElement;
  const caret = focused && focused.style ? focused.style.caretColor : '';
  if (focused && focused.style) focused.style.caretColor = 'transparent';
  window.anefRestore = () => {
    for (const one of moving) try { one.play(); } catch { /* gone meanwhile */ }
    if (!focused || !focused.style) return;
    focused.style.caretColor = caret;
    if (!focused.getAttribute('style')) focused.removeAttribute('style');
  };
  if (boxes.length) {
    const host = make('anef-masks', {
      all: 'initial', display: 'block', position: 'absolute', inset: 'auto', left: '0', top: '0',
      width: '0', height: '0', overflow: 'visible', margin: '0', padding: '0', border: 'none',
      'pointer-events': 'none', 'z-index': '2147483647',
    });
    for (const [left, top, w, h] of boxes)
      host.append(make('anef-mask', {
        all: 'initial', display: 'block', position: 'absolute', left: left + 'px', top: top + 'px',
        width: w + 'px', height: h + 'px', background: colour,
      }));
    host.setAttribute('popover', 'manual');
    root.append(host);
    host.showPopover();
  }
  const fits = width <= innerWidth && height <= innerHeight && !scrollX && !scrollY;
  return {boxes, width, height, fits};
}"""
)
"""Wait a little for fonts, bring animations to rest, cover every zone. Returns the boxes in CSS
pixels of the document, the size of the page, and whether the window shows all of it."""

LIFT = (
    """([selectors, painted]) => {
  """
    + _ZONES
    + """
  for (const host of document.querySelectorAll('anef-masks')) host.remove();
  if (window.anefRestore) window.anefRestore();
  delete window.anefRestore;
  const near = 1;
  const inside = (b, p) => b[0] >= p[0] - near && b[1] >= p[1] - near
    && b[0] + b[2] <= p[0] + p[2] + near && b[1] + b[3] <= p[1] + p[3] + near;
  const masked = [];
  for (const zone of zones) {
    const text = (zone.innerText || zone.value || '').trim();
    if (text) masked.push(text);
    for (const field of zone.querySelectorAll('input, textarea, select'))
      if (field.value) masked.push(field.value);
  }
  return {
    covered: boxes.every((b) => painted.some((p) => inside(b, p))),
    text: document.body ? document.body.innerText : '',
    masked,
  };
}"""
)
"""Take the boxes away again. Returns whether they covered every zone there is now, the page's
visible text, and the texts in it that are personal."""
