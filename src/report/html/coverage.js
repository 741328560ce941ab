(function () {
  "use strict";
  var form = document.getElementById("filter");
  var shown = document.getElementById("shown");
  var rows = Array.prototype.slice.call(document.querySelectorAll(".req"));
  var groups = Array.prototype.slice.call(document.querySelectorAll(".group"));
  var zorgs = Array.prototype.slice.call(document.querySelectorAll(".zorg"));
  var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
  form.hidden = false;

  function apply() {
    var wanted = [];
    var words = [];
    Array.prototype.forEach.call(form.elements, function (field) {
      if (!field.name || !field.value) { return; }
      if (field.name === "text") { words = field.value.toLowerCase().split(/\s+/).filter(Boolean); }
      else { wanted.push([field.name, field.value]); }
    });
    var active = wanted.length + words.length > 0;
    var count = 0;
    rows.forEach(function (row, at) {
      var good = wanted.every(function (pair) {
        return row.getAttribute("data-" + pair[0]).split(" ").indexOf(pair[1]) >= 0;
      }) && words.every(function (word) { return texts[at].indexOf(word) >= 0; });
      row.hidden = !good;
      if (good) { count += 1; }
    });
    function empty(part) { return !part.querySelector(".req:not([hidden])"); }
    groups.forEach(function (group) { group.hidden = empty(group); group.open = active && !group.hidden; });
    zorgs.forEach(function (zorg) { zorg.hidden = empty(zorg); });
    shown.value = String(count);
  }

  function all(open) {
    groups.concat(rows).forEach(function (part) { if (!part.hidden) { part.open = open; } });
  }

  // A link into the list must lead somewhere, whatever is filtered away.
  function reveal() {
    var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.classList.contains("req")) { return; }
    if (target.hidden) { form.reset(); }
    target.closest(".group").open = true;
    target.open = true;
    target.scrollIntoView();
  }

  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(apply, 0); });
  document.getElementById("open-all").addEventListener("click", function () { all(true); });
  document.getElementById("close-all").addEventListener("click", function () { all(false); });
  window.addEventListener("hashchange", reveal);
  apply();
  reveal();
})();
