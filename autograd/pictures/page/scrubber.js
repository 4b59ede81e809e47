// Both passes as a hairpin: forward runs to the right, backward runs back to the left, as in the graph.

class Scrubber {
  constructor(page, svg) {
    Object.assign(this, { page, svg, radius: 15, top: 24, left: 74 });
    const at = event => {
      const { left, top } = svg.getBoundingClientRect(), x = event.clientX - left, y = event.clientY - top, { frames } = page;
      const share = Math.max(0, Math.min(1, (x - this.left) / (this.right - this.left)));
      if (x > this.right + 6) page.seek(frames.seed);
      else if (y < this.top + this.radius) page.seek(Math.round(share * (frames.seed - 1)));
      else page.seek(Math.round(frames.seed + 1 + (1 - share) * (frames.end - frames.seed - 1)));
    };
    svg.onpointerdown = event => {
      page.pause();
      at(event);
      follow(event, at);
    };
  }

  where(step) {
    const { frames } = this.page, { left, right, top, radius } = this, long = right - left;
    if (step < frames.seed) return [left + long * step / Math.max(1, frames.seed - 1), top];
    if (step === frames.seed) return [right + radius, top + radius];
    return [right - long * (step - frames.seed - 1) / Math.max(1, frames.end - frames.seed - 1), top + 2 * radius];
  }

  draw() {
    const { svg, left, top, radius, page: { frames } } = this, bottom = top + 2 * radius, turn = `A${radius} ${radius} 0 0 1`;
    svg.textContent = "";
    const right = this.right = Math.max(left + 60, svg.clientWidth - 30 - radius);
    svg.setAttribute("aria-valuemax", frames.end);
    element("path", { class: "rail", d: `M${left} ${top}H${right}${turn} ${right} ${bottom}H${left}` }, svg);
    this.forward = element("path", { class: "gone forward" }, svg);
    this.backward = element("path", { class: "gone backward" }, svg);
    if (frames.end < (right - left) / 2.2) for (let step = 1; step <= frames.end; step++) {
      if (step === frames.seed) continue;
      const [x] = this.where(step), kind = frames.at(step), sum = kind.kind === "edge" && kind.nth > 1;
      const [y1, y2] = step < frames.seed ? [top - 12, top - 7] : [bottom + 7, bottom + (sum ? 15 : 12)];
      element("line", { class: sum ? "tick sum" : "tick", x1: x, x2: x, y1, y2 }, svg);
    }
    written(element("text", { x: 0, y: top + 5 }, svg), "forward");
    written(element("text", { x: 0, y: bottom + 5 }, svg), "backward");
    this.knob = element("circle", { r: 9, class: "knob" }, svg);
    this.update("");
  }

  update(spoken) {
    const { svg, left, right, top, radius, page: { frames, step } } = this, [x, y] = this.where(step), turned = step >= frames.seed;
    this.forward.setAttribute("d", `M${left} ${top}H${turned ? right : x}` + (turned ? `A${radius} ${radius} 0 0 1 ${right + radius} ${top + radius}` : ""));
    this.backward.setAttribute("d", step > frames.seed ? `M${right + radius} ${top + radius}A${radius} ${radius} 0 0 1 ${right} ${top + 2 * radius}H${x}` : "");
    this.knob.setAttribute("cx", x);
    this.knob.setAttribute("cy", y);
    classed(this.knob, turned ? "knob backward" : "knob forward");
    svg.setAttribute("aria-valuenow", step);
    svg.setAttribute("aria-valuetext", spoken || `step ${step} of ${frames.end}`);
  }
}
