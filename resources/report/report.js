"use strict";
const map = document.getElementById("map"), tip = document.getElementById("tip");
const data = JSON.parse(document.getElementById("samples").textContent);
const points = [...map.querySelectorAll("circle")];
const places = points.map((point) => [Number(point.getAttribute("cx")), Number(point.getAttribute("cy"))]);
const picture = tip.querySelector("svg"), caption = tip.querySelector("span");
const legends = [...document.querySelectorAll("[data-legend]")];
let pointed = -1;

function point(index, event) {
  if (pointed >= 0) points[pointed].classList.remove("pointed");
  pointed = index;
  tip.style.display = index < 0 ? "none" : "block";
  if (index < 0) return;
  points[index].classList.add("pointed");
  caption.textContent = data.captions[index];
  if (picture) {
    const column = index % data.columns, row = Math.floor(index / data.columns);
    picture.setAttribute("viewBox", [column * data.width, row * data.height, data.width, data.height].join(" "));
  }
  const frame = map.getBoundingClientRect();
  const x = event.clientX - frame.left, y = event.clientY - frame.top;
  tip.style.left = (x > frame.width / 2 ? x - tip.offsetWidth - 16 : x + 16) + "px";
  tip.style.top = (y > frame.height / 2 ? y - tip.offsetHeight - 16 : y + 16) + "px";
}

map.addEventListener("pointermove", (event) => {
  const frame = map.getBoundingClientRect(), scale = data.side / frame.width;
  const x = (event.clientX - frame.left) * scale, y = (event.clientY - frame.top) * scale;
  let nearest = -1, least = (24 * scale) ** 2;
  places.forEach(([px, py], index) => {
    const distance = (px - x) ** 2 + (py - y) ** 2;
    if (distance < least) [nearest, least] = [index, distance];
  });
  point(nearest, event);
});
map.addEventListener("pointerleave", (event) => point(-1, event));

const choice = document.getElementById("choice");
if (choice) choice.addEventListener("change", () => {
  data.labels[choice.selectedIndex].forEach((label, index) => points[index].setAttribute("class", label));
  legends.forEach((legend, index) => { legend.hidden = index !== choice.selectedIndex; });
  pointed = -1;
});
