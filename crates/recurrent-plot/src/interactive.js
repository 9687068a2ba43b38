// Wakes a figure: its picture stands right before this script. Nothing of the figure is run: texts are only shown.
//
// Parts of the drawing say what they mean by attributes (see svg.rs):
//   data-note    a sentence
//   data-chart   x y width height of the inside of a chart; data-x, data-y: the numbers at both ends, "log", "percent";
//                data-x-name, data-y-name; data-words: what stands at 0, 1, 2, … instead
//   data-series  a line of the chart around it, or marks on it
//   data-switch  an entry of a legend: hides and shows the series of this name
//   data-map     x y width height of a map; data-size: columns, rows; data-ends: the numbers of the first and the last of
//                so many colours; data-cells: the colour of each cell; data-axes, data-words: what columns and rows are
(image => {
    const read = (part, name) => part.getAttribute('data-' + name);
    const numbers = (part, name) => read(part, name).split(' ').map(Number);
    const lines = (part, name) => (read(part, name) || '').split('\n');
    // With as many digits as a place in the drawing tells: `grain` is about a tenth of a pixel.
    const said = (value, kind, grain) => {
        const minus = text => text.replace(/-/g, '\u2212');
        if (kind === 'log' || kind === 'exponent') {
            const plain = value >= 1e-3 && value < 1e4;
            return minus(plain ? String(+value.toPrecision(2)) : value.toExponential(1));
        }
        const unit = kind === 'percent' ? 100 : 1;
        const digits = Math.min(12, Math.max(0, Math.floor(-Math.log10(grain * unit))));
        const text = Math.abs(value) < grain ? '0' : String(+(value * unit).toFixed(digits));
        return minus(text) + (unit > 1 ? ' %' : '');
    };

    const source = decodeURIComponent(image.src.slice(image.src.indexOf(',') + 1));
    const svg = document.importNode(new DOMParser().parseFromString(source, 'image/svg+xml').documentElement, true);
    if (svg.localName !== 'svg') return;
    const box = document.createElement('div');
    box.style.cssText = `position:relative;display:inline-block;max-width:100%;line-height:0;outline-offset:2px`;
    const texts = ['title', 'desc'].map(name => svg.querySelector(name));
    // A browser would show the title over the numbers.
    texts.forEach(text => text.remove());
    svg.setAttribute('role', 'presentation');
    const hand = ['note', 'chart', 'map'].some(kind => svg.querySelector(`[data-${kind}]`));
    const keys = hand ? ' Arrow keys read its numbers; Page Down and Page Up go to its next and its last part.' : '';
    box.setAttribute('role', 'group');
    // JupyterLab leaves the keys to the figure.
    box.setAttribute('data-lm-suppress-shortcuts', 'true');
    box.setAttribute('aria-label', `${texts[0].textContent}. ${texts[1].textContent}${keys}`);
    if (hand) box.tabIndex = 0;
    const word = document.createElement('div');
    word.setAttribute('role', 'status');
    word.style.cssText = 'position:absolute;display:none;pointer-events:none;background:#fff;color:#1f2328;' +
        'border:1px solid #57606a;border-radius:4px;padding:3px 7px;font:12.5px/1.4 sans-serif;white-space:pre-line;' +
        'max-width:320px;z-index:2;box-shadow:0 1px 4px #0003';
    box.append(svg, word);
    image.replaceWith(box);

    const draw = (name, attributes) => {
        const shape = document.createElementNS(svg.namespaceURI, name);
        for (const key in attributes) shape.setAttribute(key, attributes[key]);
        marks.append(shape);
    };
    const marks = document.createElementNS(svg.namespaceURI, 'g');
    marks.setAttribute('pointer-events', 'none');
    svg.append(marks);
    const frame = ([x, y, width, height]) =>
        draw('rect', { x, y, width, height, fill: 'none', stroke: '#1f2328', 'stroke-width': 1.5 });

    const hide = () => {
        word.style.display = 'none';
        marks.replaceChildren();
    };
    // Shows a text beside a point of the drawing.
    const show = (text, [x, y], mark) => {
        marks.replaceChildren();
        mark();
        word.textContent = text;
        word.style.display = 'block';
        const zoom = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        const left = Math.min(x * zoom + 14, box.clientWidth - word.offsetWidth - 2);
        const above = y * zoom - word.offsetHeight - 10;
        // What leaves the figure is cut off.
        const below = Math.min(y * zoom + 14, box.clientHeight - word.offsetHeight);
        word.style.left = Math.max(left, 0) + 'px';
        word.style.top = (above < 0 ? Math.max(below, 0) : above) + 'px';
    };

    // A chart: the numbers of all its lines at one place of its x axis.
    const chartPart = chart => {
        const [left, top, width, height] = numbers(chart, 'chart');
        const scale = (name, from, to) => {
            const [low, high, kind] = read(chart, name).split(' ');
            const [a, b] = kind === 'log' ? [Math.log(low), Math.log(high)] : [+low, +high];
            const grain = Math.abs((b - a) / (to - from)) * 0.15;
            return place => {
                const value = a + (b - a) * (place - from) / (to - from);
                return [kind === 'log' ? Math.exp(value) : kind === 'exponent' ? 10 ** value : value, kind, grain];
            };
        };
        const [x, y] = [scale('x', left, left + width), scale('y', top + height, top)];
        const words = read(chart, 'words') ? lines(chart, 'words') : null;
        const all = [...chart.querySelectorAll('[data-series]')].map(series => {
            const path = series.matches('path[fill="none"]') ? series : series.querySelector('path[fill="none"]');
            const places = path ? path.getAttribute('d').match(/-?[\d.]+/g).map(Number) : [];
            const points = places.flatMap((at, index) => index % 2 ? [] : [[at, places[index + 1]]]);
            return { series, points, name: read(series, 'series'), color: path && path.getAttribute('stroke') };
        }).filter(line => line.points.length);
        const shown = () => all.filter(line => line.series.style.display !== 'none');
        const at = place => {
            const near = shown().map(line => {
                const far = ([px]) => Math.abs(px - place);
                const point = line.points.reduce((best, point) => far(point) < far(best) ? point : best);
                return { ...line, point };
            });
            if (!near.length) return hide();
            const best = Math.min(...near.map(line => Math.abs(line.point[0] - place)));
            const found = near.filter(line => Math.abs(line.point[0] - place) <= best + width / 60);
            const read_off = x(found[0].point[0]), place_of_word = Math.round(read_off[0]);
            const name = words ? `${words[place_of_word]} (${read(chart, 'x-name')} ${place_of_word + 1})`
                : `${read(chart, 'x-name')}: ${said(...read_off)}`;
            const rows = found.sort((one, next) => one.point[1] - next.point[1])
                .map(line => `${line.name}: ${said(...y(line.point[1]))}`);
            show([name, ...rows].join('\n'), [found[0].point[0], found[0].point[1]], () => {
                draw('path', { d: `M${found[0].point[0]} ${top}v${height}`, stroke: '#57606a', 'stroke-dasharray': '3 3' });
                for (const { point: [cx, cy], color } of found)
                    draw('circle', { cx, cy, r: 4, fill: '#fff', stroke: color, 'stroke-width': 2 });
            });
        };
        const stops = () => [...new Set(shown().flatMap(line => line.points.map(point => point[0])))].sort((a, b) => a - b);
        let stop = -1;
        return {
            rect: [left, top, width, height],
            empty: !all.length,
            point: place => at(place[0]),
            step: (dx, dy) => {
                const places = stops();
                const size = Math.max(1, Math.round(places.length / 60));
                stop = stop < 0 ? 0 : Math.min(Math.max(stop + size * (dx || -dy), 0), places.length - 1);
                at(places[stop]);
            },
        };
    };

    // A map: the number of one cell.
    const mapPart = map => {
        const rect = numbers(map, 'map');
        const [columns, rows] = numbers(map, 'size');
        const [low, high, colors] = numbers(map, 'ends');
        const cells = Uint8Array.from(atob(read(map, 'cells')), letter => letter.charCodeAt(0));
        const [across, down] = lines(map, 'axes');
        const words = lines(map, 'words');
        const [wide, tall] = [rect[2] / columns, rect[3] / rows];
        const at = (column, row) => {
            const value = low + (high - low) * cells[row * columns + column] / (colors - 1);
            const place = [rect[0] + column * wide, rect[1] + row * tall];
            const text = `${read(map, 'name')}\n${across} ${column + 1}: ${words[column]}\n${down} ${row}: ${said(value, '', (high - low) / 200)}`;
            show(text, [place[0] + wide, place[1]], () => frame([...place, wide, tall]));
        };
        let [column, row] = [-1, 0];
        return {
            rect,
            point: ([x, y]) => at(Math.min(Math.floor((x - rect[0]) / wide), columns - 1),
                Math.min(Math.floor((y - rect[1]) / tall), rows - 1)),
            step: (dx, dy) => {
                const first = column < 0;
                column = first ? 0 : Math.min(Math.max(column + dx, 0), columns - 1);
                row = first ? 0 : Math.min(Math.max(row + dy, 0), rows - 1);
                at(column, row);
            },
        };
    };

    // All notes, one after the other.
    const notes = [...svg.querySelectorAll('[data-note]')];
    const tell = note => {
        const { x, y, width, height } = note.getBBox();
        show(read(note, 'note'), [x + width, y], () => frame([x - 1, y - 1, width + 2, height + 2]));
    };
    let told = -1;
    const notesPart = {
        rect: [0, 0, 0, 0],
        step: (dx, dy) => {
            told = told < 0 ? 0 : Math.min(Math.max(told + (dx || dy), 0), notes.length - 1);
            tell(notes[told]);
        },
    };

    const parts = [
        ...[...svg.querySelectorAll('[data-chart]')].map(chartPart).filter(part => !part.empty),
        ...[...svg.querySelectorAll('[data-map]')].map(mapPart),
        ...(notes.length ? [notesPart] : []),
    ];
    svg.addEventListener('pointermove', event => {
        const note = event.target.closest('[data-note]');
        if (note) return tell(note);
        const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
        const part = parts.find(({ rect: [left, top, width, height] }) =>
            x >= left && x <= left + width && y >= top && y <= top + height);
        if (part) part.point([x, y]); else hide();
    });
    svg.addEventListener('pointerleave', hide);
    box.addEventListener('blur', hide);
    let now = 0;
    box.addEventListener('keydown', event => {
        const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] || [];
        if (event.target !== box || !parts.length || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey)
            return;
        if (event.key === 'Escape') hide();
        else if (event.key === 'PageDown') parts[now = Math.min(now + 1, parts.length - 1)].step(0, 0);
        else if (event.key === 'PageUp') parts[now = Math.max(now - 1, 0)].step(0, 0);
        else if (dx !== undefined) parts[now].step(dx, dy);
        else return;
        // The page neither scrolls nor takes the key for a command.
        event.preventDefault();
        event.stopPropagation();
    });

    // Legends. A series goes with the entry of its name; one without, with those of its parts: "LSTM: validation" with
    // LSTM and with validation.
    const all = [...svg.querySelectorAll('[data-series]')];
    const entries = [...svg.querySelectorAll('[data-switch]')];
    const names = new Set(entries.map(entry => read(entry, 'switch')));
    const off = new Set();
    const entriesOf = series => {
        const name = read(series, 'series');
        return names.has(name) ? [name] : [...names].filter(one => name.startsWith(one + ': ') || name.endsWith(': ' + one));
    };
    for (const entry of entries) {
        const name = read(entry, 'switch');
        if (!all.some(series => entriesOf(series).includes(name))) continue;
        entry.setAttribute('role', 'button');
        entry.setAttribute('tabindex', 0);
        entry.setAttribute('aria-label', name);
        entry.setAttribute('aria-pressed', true);
        entry.style.cursor = 'pointer';
        const press = () => {
            if (!off.delete(name)) off.add(name);
            entry.setAttribute('aria-pressed', !off.has(name));
            entry.style.opacity = off.has(name) ? 0.35 : 1;
            all.forEach(series => {
                series.style.display = entriesOf(series).some(one => off.has(one)) ? 'none' : '';
            });
            hide();
        };
        entry.addEventListener('click', press);
        entry.addEventListener('keydown', event => {
            if (event.key !== 'Enter' && event.key !== ' ') return;
            press();
            event.preventDefault();
            event.stopPropagation();
        });
    }
})(document.currentScript.previousElementSibling);
