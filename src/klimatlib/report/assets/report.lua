-- One filter for HTML, PDF (Typst) and DOCX, whichever program runs pandoc.
-- Attributes are lists of pairs: a {key = value} table comes out in random order.
local TYPST, HTML, DOCX = FORMAT:match("typst"), FORMAT:match("html"), FORMAT:match("docx")
local NBSP = "\u{a0}"
local text = pandoc.utils.stringify

-- ---- small helpers -----------------------------------------------------------------------------
local function read_file(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local content = file:read("a")
  file:close()
  return content
end

local function fail(message) error(message, 0) end

local function pairs_of(el, ...) -- the named attributes that are set, in this order
  local out = {}
  for _, key in ipairs({ ... }) do
    if el.attributes[key] then table.insert(out, { key, el.attributes[key] }) end
  end
  return out
end

local function html_escape(s)
  return (s:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"):gsub('"', "&quot;"))
end

local function typst_string(s) return '"' .. s:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("\n", " ") .. '"' end

local function typst_blocks(blocks)
  return (pandoc.write(pandoc.Pandoc(blocks), "typst-smart", { wrap_text = "none" }):gsub("%s+$", ""))
end
local function typst_inlines(inlines)
  local only_text = true
  for _, x in ipairs(inlines) do only_text = only_text and (x.t == "Str" or x.t == "Space" or x.t == "SoftBreak") end
  if only_text then return "#" .. typst_string(text(inlines)) .. ";" end
  return typst_blocks({ pandoc.Plain(inlines) })
end
local function typst(code) return pandoc.RawBlock("typst", code) end
local function html_inlines(inlines)
  return (pandoc.write(pandoc.Pandoc({ pandoc.Plain(inlines) }), "html", { wrap_text = "none" }):gsub("%s+$", ""))
end
local function html(code) return pandoc.RawBlock("html", code) end
local function styled(name, blocks) return pandoc.Div(blocks, pandoc.Attr("", {}, { { "custom-style", name } })) end
local function styled_inline(name, inlines) return pandoc.Span(inlines, pandoc.Attr("", {}, { { "custom-style", name } })) end

local function as_paragraphs(blocks) -- pandoc gives bare text in cells and lists a style of its own in DOCX
  return blocks:map(function(b) return b.t == "Plain" and pandoc.Para(b.content) or b end)
end

local function caption_inlines(el)
  local out = pandoc.Inlines({})
  for i, block in ipairs(el.caption.long) do
    if i > 1 then out:insert(pandoc.Space()) end
    out:extend(block.content)
  end
  return out
end

local function docx_field(instruction, shown) -- Word counts anew when it updates the fields
  local function mark(kind) return '<w:r><w:fldChar w:fldCharType="' .. kind .. '"/></w:r>' end
  return mark("begin") .. '<w:r><w:instrText xml:space="preserve"> ' .. instruction .. " </w:instrText></w:r>"
    .. mark("separate") .. "<w:r><w:rPr><w:b/><w:bCs/></w:rPr><w:t>" .. shown .. "</w:t></w:r>" .. mark("end")
end

local SHEET = false -- a fact sheet: its few charts and tables have no numbers
local WEB_CODE = "" -- the QR code of the page on the web, rows of 0 and 1
local function numbered(kind, n, caption)
  if SHEET then return caption end
  local number = pandoc.Inlines({ pandoc.Str(kind .. NBSP .. n .. ".") })
  if DOCX then
    local field = pandoc.RawInline("openxml", docx_field("SEQ " .. kind .. " \\* ARABIC", n))
    number = pandoc.Inlines({ pandoc.Str(kind .. NBSP), field, pandoc.Str(".") })
  end
  local out = pandoc.Inlines({ pandoc.Strong(number) })
  if #caption > 0 then out:insert(pandoc.Space()) end
  out:extend(caption)
  return out
end

-- ---- pass 1: nothing from the text may run, fetch or style ------------------------------------
local KEPT = { "title", "label", "number", "short", "page", "claim", "alt", "data", "lang", "start" }
local EXPLORE = {} -- figure -> the state of the dashboard that shows the same
local PICTURES = {} -- place -> the pictures that stand there

local function no_shortcode(s) return (s:gsub("{\u{e000}{<", "{{<")) end -- as klimatlib.report.renderers

local function plain_attr(el)
  local kept = pairs_of(el, table.unpack(KEPT))
  for _, pair in ipairs(kept) do pair[2] = no_shortcode(pair[2]) end
  el.attr = pandoc.Attr(el.identifier, el.classes, kept)
  return el
end

local function plain_code(el)
  el.text = no_shortcode(el.text)
  return plain_attr(el)
end

local function safe_target(target)
  local t = target:lower()
  return t:match("^https?://[^%s]+$") or t:match("^mailto:[^%s]+$") or t:match("^#[%w%-_%.åäö]+$")
end

local function inside(path, ...) -- figures/name.ext and nothing else
  for _, ext in ipairs({ ... }) do
    if path:match("^figures/[%w%-_][%w%-_%.]*%." .. ext .. "$") and not path:find("..", 1, true) then return true end
  end
  return false
end

local neutralise = {
  Meta = function(m)
    SHEET = text(m.layout or "") == "sheet"
    WEB_CODE = text(m["web-code"] or "")
    for figure, state in pairs(m.explore or {}) do EXPLORE["chart-" .. figure] = text(state) end
    for _, p in ipairs(m.pictures or {}) do
      local place = text(p.place)
      PICTURES[place] = PICTURES[place] or {}
      table.insert(PICTURES[place], { src = "figures/" .. text(p.file), alt = text(p.alt), focus = text(p.focus) })
    end
  end,
  RawBlock = function(el) return pandoc.Para({ pandoc.Str(el.text) }) end,
  RawInline = function(el) return pandoc.Str(el.text) end,
  Math = function(el) return pandoc.Str(el.text) end,
  Quoted = function(el)
    local mark = el.quotetype == "SingleQuote" and "’" or "”"
    el.content:insert(1, pandoc.Str(mark))
    el.content:insert(pandoc.Str(mark))
    return el.content
  end,
  Str = function(el) -- thin spaces and the Unicode hyphen are in neither typeface
    el.text = no_shortcode(el.text):gsub("\u{202f}", NBSP):gsub("\u{2009}", NBSP):gsub("\u{2010}", "-")
    return el
  end,
  Link = function(el)
    if not safe_target(el.target) then return el.content end
    el.title = ""
    return plain_attr(el)
  end,
  Image = function(el)
    if not inside(el.src, "svg", "png") then fail("image " .. el.src .. ": expected a file of this report, figures/NAME.svg") end
    el.title = ""
    return plain_attr(el)
  end,
  Div = plain_attr, Span = plain_attr, Header = plain_attr, Figure = plain_attr, Table = plain_attr,
  Code = plain_code, CodeBlock = plain_code,
}

-- ---- claims ------------------------------------------------------------------------------------
local NOTES = nil
local function claim_note(id)
  if NOTES == nil then
    local content = read_file("claims.json")
    NOTES = content and pandoc.json.decode(content, false) or {}
  end
  local entry = NOTES[id]
  return type(entry) == "table" and type(entry.note) == "string" and entry.note or nil
end

local function foreign_span(el) -- pandoc's Typst writer drops the language
  local language, region = (el.attributes.lang or ""):match("^(%a%a%a?)%-?(%a*)$")
  if not language then return nil end
  local set = "lang: " .. typst_string(language) .. (#region == 2 and ", region: " .. typst_string(region) or ", region: none")
  return pandoc.RawInline("typst", "#text(" .. set .. ")[" .. typst_inlines(el.content) .. "];")
end

local told = {} -- claims that have been mentioned: the first mention is what links lead to
local function claim_span(el)
  if not el.classes:includes("claim") then return TYPST and foreign_span(el) or nil end
  if not HTML then return el.content end
  local id = el.attributes.claim or ""
  local attributes, first = { { "data-claim", id } }, told[id] and "" or "claim-" .. id
  told[id] = true
  local note = claim_note(id)
  if note then table.insert(attributes, { "data-note", note }) end
  el.attr = pandoc.Attr(first, { "claim" }, attributes)
  return el
end

-- ---- figures -----------------------------------------------------------------------------------
local n_figures, n_tables, n_boxes = 0, 0, 0

local function csv_rows(path)
  local content = read_file(path)
  if not content then fail("figure data " .. path .. ": no such file beside the report") end
  content = (content:gsub("^\u{feff}", ""):gsub("\r\n", "\n") .. "\n"):gsub("\n\n$", "\n")
  local rows, row, at = {}, {}, 1
  while at <= #content do
    local last = at - 1
    if content:sub(at, at) == '"' then
      repeat last = content:find('"', last + 2, true) until content:sub(last + 1, last + 1) ~= '"'
      table.insert(row, (content:sub(at + 1, last - 1):gsub('""', '"')))
      at = last + 1
    else
      last = content:find("[,\n]", at)
      table.insert(row, content:sub(at, last - 1))
      at = last
    end
    if content:sub(at, at) == "\n" then table.insert(rows, row); row = {} end
    at = at + 1
  end
  return rows
end

local function is_number(s)
  s = s:gsub("\u{2212}", "-"):gsub("\u{a0}", ""):gsub("\u{2013}", "-"):gsub("[%s%%]", "")
  return s == "" or s:match("^[%+%-]?%d[%d,%.%-]*$") ~= nil or s == "-"
end

local STARTS = { "=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠" }
local function unguarded(s) -- as klimatlib.spreadsheet: the apostrophe is there for spreadsheets alone
  local rest = s:gsub("^'+", "")
  for _, start in ipairs(STARTS) do
    if #rest < #s and rest:sub(1, #start) == start then return s:sub(2) end
  end
  return s
end

local function csv_field(s) return s:find('[;"\n]') and '"' .. s:gsub('"', '""') .. '"' or s end
local function measured(s) -- "8,3 ton" is 8,3 and ton; with no unit, none
  local sign, number, unit = s:gsub("\u{a0}", " "):gsub("\u{2212}", "-"):match("^([+-]?)(%d[%d ]*,?%d*) ?(%D*)$")
  return number and (sign == "-" and "-" or "") .. number:gsub(" ", ""), unit
end

local function csv_link(path, label) -- as a Swedish spreadsheet reads it: semicolons, numbers, the unit in the heading
  local rows, lines = csv_rows(path), {}
  for c = 2, #(rows[1] or {}) do
    local unit, all = nil, #rows > 1
    for r = 2, #rows do
      local number, own = measured(rows[r][c] or "")
      all = all and ((rows[r][c] or "") == "" or (number ~= nil and (unit == nil or unit == own)))
      unit = unit or own
    end
    for r = 2, all and #rows or 0 do rows[r][c] = measured(rows[r][c] or "") or "" end
    if all and unit and unit ~= "" then rows[1][c] = rows[1][c] .. " (" .. unit .. ")" end
  end
  for _, row in ipairs(rows) do
    local fields = {}
    for c, cell in ipairs(row) do fields[c] = csv_field(cell) end
    table.insert(lines, table.concat(fields, ";") .. "\n")
  end
  local content = "\u{feff}" .. table.concat(lines)
  local encoded = content:gsub("[^%w%-_%.~]", function(c) return string.format("%%%02X", c:byte()) end)
  return '<p class="download"><a download="' .. html_escape(path:match("[^/]+$")) .. '" href="data:text/csv;charset=utf-8,'
    .. encoded .. '">Hämta som CSV<span class="aside"> (' .. html_escape(label:gsub("^%u", string.lower)) .. ")</span></a></p>"
end

local function data_table(path, label)
  local rows = csv_rows(path)
  local numeric, out = {}, {}
  for c = 1, #(rows[1] or {}) do
    numeric[c] = c > 1
    for r = 2, #rows do numeric[c] = numeric[c] and is_number(rows[r][c] or "") end
  end
  local function cell(tag, scope, r, c)
    local class = numeric[c] and ' class="number"' or ""
    return "<" .. tag .. scope .. class .. ">" .. html_escape(unguarded(rows[r][c] or "")) .. "</" .. tag .. ">"
  end
  for r = 1, #rows do
    local cells = {}
    for c = 1, #rows[1] do
      if r == 1 then table.insert(cells, cell("th", ' scope="col"', r, c))
      elseif c == 1 then table.insert(cells, cell("th", ' scope="row"', r, c))
      else table.insert(cells, cell("td", "", r, c)) end
    end
    table.insert(out, (r == 1 and "<thead>" or "") .. "<tr>" .. table.concat(cells) .. "</tr>" .. (r == 1 and "</thead><tbody>" or ""))
  end
  return '<details class="data"><summary>Visa data som tabell</summary><div class="scroll' .. (#rows[1] > 3 and " broad" or "") .. '" role="region" tabindex="0" aria-label="'
    .. html_escape(label) .. '"><table>' .. table.concat(out, "\n") .. "</tbody></table></div>" .. csv_link(path, label) .. "</details>"
end

local function picture(path, alt) -- a chart's drawings, for a wide and a narrow screen, are one picture with one alt
  local stem = path:match("^figures/(.+)%.svg$")
  local content = read_file(stem and "slim/" .. stem .. ".svg" or path:gsub("^figures/", "slim/"))
  if not content then fail("image " .. path .. ": no such file beside the report") end
  if not stem then
    local kind = path:match("%.jpg$") and "jpeg" or "png"
    return '<img src="data:image/' .. kind .. ";base64," .. content .. '" alt="' .. html_escape(alt) .. '">'
  end
  local narrow = read_file("slim/" .. stem .. "-narrow.svg")
  local drawings = "<div" .. (narrow and ' class="wide"' or "") .. ' aria-hidden="true">' .. content .. "</div>"
  if narrow then drawings = drawings .. '<div class="narrow" aria-hidden="true">' .. narrow .. "</div>" end
  return '<div class="chart" role="img" aria-label="' .. html_escape(alt) .. '">' .. drawings .. "</div>"
end

local function docx_image(src, alt, id)
  local png = src:gsub("%.svg$", ".png")
  local content = read_file(png)
  if not content then fail("image " .. png .. ": DOCX needs the PNG beside the SVG") end
  pandoc.mediabag.insert(png, png:match("%.jpg$") and "image/jpeg" or "image/png", content)
  return pandoc.Image({ pandoc.Str(alt) }, png, "", pandoc.Attr(id, {}, { { "width", "160mm" }, { "alt", alt } }))
end

local function figure(el)
  local image
  el:walk({ Image = function(x) image = x end })
  if not image then return nil end
  local data = image.attributes.data
  local id = el.identifier ~= "" and el.identifier or image.identifier
  local caption = caption_inlines(el)
  local alt = image.attributes.alt or text(image.caption)
  if not image.attributes.alt and alt == text(caption) then alt = "" end -- pandoc repeats the caption
  if alt == "" then fail("figure " .. image.src .. ": no alt text, or only the caption again; expected alt=\"…\" that says what the picture shows") end
  n_figures = n_figures + 1
  if TYPST then
    return typst(string.format("#chart(%s, alt: %s, id: %s)[%s]", typst_string("/" .. image.src), typst_string(alt),
      id ~= "" and typst_string(id) or "none", typst_inlines(caption)))
  end
  caption = numbered("Figur", n_figures, caption)
  if HTML then
    local shown = data and inside(data, "csv") and data_table(data, "Data till figur " .. n_figures) or ""
    local state = EXPLORE[id]
    if state then
      shown = '<p class="explore"><a href="dashboard.html#' .. html_escape(state) .. '">Utforska figur ' .. n_figures .. " i vår dashboard</a></p>\n" .. shown
    end
    return html(string.format('<figure id="%s">\n%s\n<figcaption>%s</figcaption>\n%s</figure>',
      html_escape(id ~= "" and id or "figure-" .. n_figures), picture(image.src, alt), html_inlines(caption), shown))
  end
  return { styled("Captioned Figure", { pandoc.Para({ docx_image((image.src:gsub("%.svg$", "-word.svg")), alt, id) }) }), styled("Image Caption", { pandoc.Para(caption) }) }
end

-- ---- pictures of the year: a chapter's opener, those at the end of a section, a portrait ---------
local function shown_pictures(pictures, form)
  local out = pandoc.Blocks({})
  if TYPST then
    local args = {}
    for _, p in ipairs(pictures) do
      table.insert(args, string.format("(%s, %s, %s)", typst_string("/" .. p.src), typst_string(p.alt), typst_string(p.focus)))
    end
    return pandoc.Blocks({ typst("#" .. form .. "(" .. table.concat(args, ", ") .. ",)") })
  end
  for _, p in ipairs(pictures) do
    if HTML then
      out:insert(html('<div class="picture focus-' .. html_escape(p.focus) .. '">' .. picture(p.src, p.alt) .. "</div>"))
    else
      out:insert(styled("Picture", { pandoc.Para({ docx_image(p.src, p.alt, "") }) }))
    end
  end
  return HTML and pandoc.Blocks({ pandoc.Div(out, pandoc.Attr("", { form })) }) or out
end

local function place_pictures(doc)
  local placed, out = { logo = true }, pandoc.Blocks({})
  for _, block in ipairs(doc.blocks) do
    local opens, here = block.t == "Header" and block.level == 1, {}
    local function meet(id)
      if PICTURES[id] then table.insert(here, id); placed[id] = true end
    end
    if block.t == "Header" then meet(block.identifier) end
    block:walk({ Header = function(h) meet(h.identifier) end })
    if block.t == "Div" and block.classes:includes("signature") and PICTURES.portrait then
      placed.portrait = true
      local content = shown_pictures(PICTURES.portrait, "portrait")
      content:extend(block.content)
      block.content = content
    end
    if opens and here[1] and TYPST then out:extend(shown_pictures(PICTURES[here[1]], "opener")) end
    out:insert(block)
    for _, id in ipairs(here) do
      if not (opens and TYPST) then out:extend(shown_pictures(PICTURES[id], opens and "opener" or "pictures")) end
    end
  end
  for place in pairs(PICTURES) do
    if not placed[place] then fail("pictures.yml: place " .. place .. ": the report has no such heading; give the id of one, or take it off") end
  end
  doc.blocks = out
  return doc
end

-- ---- tables ------------------------------------------------------------------------------------
local function take_id_off_caption(t) -- Quarto's reader knows no attributes of a table, and leaves them as text
  local inlines = #t.caption.long > 0 and t.caption.long[#t.caption.long].content or {}
  local last = inlines[#inlines]
  local id = last and last.t == "Str" and last.text:match("^{#([^%s{}]+)}$")
  if not id then return end
  inlines:remove(#inlines)
  while #inlines > 0 and (inlines[#inlines].t == "Space" or inlines[#inlines].t == "SoftBreak") do inlines:remove(#inlines) end
  t.caption.long = #inlines > 0 and { pandoc.Plain(inlines) } or {}
  t.identifier = id
end

local function body_rows(t)
  local rows = pandoc.List({})
  for _, body in ipairs(t.bodies) do rows:extend(body.head); rows:extend(body.body) end
  rows:extend(t.foot.rows)
  return rows
end

local function alignments(t) -- given ones first; columns of numbers go right
  local rows, out, longest = body_rows(t), {}, {}
  for c, spec in ipairs(t.colspecs) do
    local all_numbers, any = true, false
    longest[c] = 0
    for _, row in ipairs(rows) do
      local s = row.cells[c] and text(row.cells[c].contents) or ""
      longest[c] = math.max(longest[c], utf8.len(s) or #s)
      all_numbers, any = all_numbers and is_number(s), any or s ~= ""
    end
    local given = tostring(spec[1]):gsub("Align", ""):lower()
    out[c] = given ~= "default" and given or (all_numbers and any) and "right" or "left"
  end
  return out, longest
end

local function typst_table(t, align, longest)
  local columns, cells, head = {}, {}, {}
  local widest, letters = 1, 0
  for c in ipairs(align) do
    if longest[c] > longest[widest] then widest = c end
    letters = letters + longest[c]
  end
  for c in ipairs(align) do
    table.insert(columns, (c == widest or longest[c] > 16) and math.min(math.max(longest[c], 8), 50) .. "fr" or "auto")
  end
  for _, row in ipairs(t.head.rows) do
    for _, cell in ipairs(row.cells) do table.insert(head, "[" .. typst_blocks(cell.contents) .. "]") end
  end
  for _, row in ipairs(body_rows(t)) do
    for _, cell in ipairs(row.cells) do
      local span = cell.col_span > 1 and "table.cell(colspan: " .. cell.col_span .. ")" or ""
      table.insert(cells, span .. "[" .. typst_blocks(cell.contents) .. "]")
    end
  end
  local caption = caption_inlines(t)
  local narrow = letters <= 60 and not SHEET -- the eye follows a short row; across the page it loses it
  return typst(string.format("#data-table(columns: (%s,), align: (%s,), head: (%s), narrow: %s, caption: %s, id: %s,\n%s)",
    table.concat(columns, ", "), table.concat(align, ", "), #head > 0 and table.concat(head, ", ") .. "," or "",
    tostring(narrow), #caption > 0 and "[" .. typst_inlines(caption) .. "]" or "none",
    t.identifier ~= "" and typst_string(t.identifier) or "none", table.concat(cells, ",\n")))
end

local function longest_word(row, c)
  local most = 0
  for word in (row.cells[c] and text(row.cells[c].contents) or ""):gmatch("[^ ]+") do
    most = math.max(most, utf8.len(word) or #word)
  end
  return most
end

local function docx_table(t, title, align, longest) -- widths by what stands in the columns; looks by style
  local rows, widths, words, sum, least = body_rows(t), {}, {}, 0, 0
  for c in ipairs(align) do
    local word = 0
    for _, row in ipairs(t.head.rows) do word = math.max(word, longest_word(row, c)) end
    for _, row in ipairs(rows) do word = math.max(word, longest_word(row, c)) end
    words[c] = math.min(word, 30) + 3
    widths[c] = math.max(words[c], math.min(longest[c] + 2, 40))
    sum, least = sum + widths[c], least + words[c]
  end
  local line = math.max(83, least) -- letters that a line holds: what is over is taken where words leave room
  for c in ipairs(align) do
    if sum > line then widths[c] = words[c] + (widths[c] - words[c]) * (line - least) / (sum - least) end
  end
  sum = math.min(sum, line)
  for c in ipairs(align) do t.colspecs[c] = { pandoc.AlignDefault, widths[c] / sum } end
  local function style(styled_rows, name)
    for _, row in ipairs(styled_rows) do
      for c, cell in ipairs(row.cells) do
        cell.contents = { styled(name .. (align[c] == "right" and " Right" or ""), as_paragraphs(cell.contents)) }
      end
    end
  end
  style(t.head.rows, "Table Heading")
  style(rows, "Table Text")
  return title and { title, t } or t
end

local function data_table_element(t)
  n_tables = n_tables + 1
  take_id_off_caption(t)
  local align, longest = alignments(t)
  if TYPST then return typst_table(t, align, longest) end
  local label = text(t.caption.long)
  local title
  if DOCX and #t.caption.long > 0 then -- a paragraph of its own: its number is a field
    title = styled("Table Caption", { pandoc.Para(numbered("Tabell", n_tables, caption_inlines(t))) })
    t.caption.long = {}
  elseif #t.caption.long > 0 then
    t.caption.long = { pandoc.Plain(numbered("Tabell", n_tables, caption_inlines(t))) }
  end
  if DOCX then return docx_table(t, title, align, longest) end
  for c in ipairs(t.colspecs) do t.colspecs[c] = { pandoc.AlignDefault, nil } end
  local function mark(rows) -- classes, not style attributes: the security policy refuses those
    for _, row in ipairs(rows) do
      for c, cell in ipairs(row.cells) do
        if align[c] == "right" then cell.attr = pandoc.Attr("", { "number" }) end
      end
    end
  end
  mark(t.head.rows)
  for _, body in ipairs(t.bodies) do mark(body.body) end
  label = label ~= "" and label or "Tabell " .. n_tables
  return pandoc.Div({ t }, pandoc.Attr("", { "scroll", #t.colspecs > 3 and "broad" or nil }, { { "role", "region" }, { "tabindex", "0" }, { "aria-label", label } }))
end

-- ---- lists with a shape: tiles and people ------------------------------------------------------
local function items_of(el, what)
  local list = el.content[1]
  if not list or (list.t ~= "BulletList" and list.t ~= "OrderedList") then fail(what .. ": expected one bullet list") end
  return list
end

local function trim(inlines)
  while inlines[1] and (inlines[1].t == "Space" or inlines[1].t == "SoftBreak") do inlines:remove(1) end
  return inlines
end

local function tile_parts(item) -- the value, and the words after it
  local value, rest = pandoc.Inlines({}), pandoc.Inlines({})
  for _, x in ipairs(item[1] and item[1].content or {}) do
    if x.t == "Span" and x.classes:includes("value") then value = x.content else rest:insert(x) end
  end
  return value, trim(rest)
end

local function person_parts(item) -- the name in bold, and the words after it
  local content = item[1].content
  local name, rest = pandoc.Inlines({}), pandoc.Inlines({})
  for i, x in ipairs(content) do
    if i == 1 and x.t == "Strong" then name = x.content else rest:insert(x) end
  end
  return name, trim(rest)
end

local function plain_parts(item) return item[1] and item[1].content or pandoc.Inlines({}), pandoc.Inlines({}) end
local SHAPED = { tiles = tile_parts, findings = tile_parts, people = person_parts, asks = plain_parts, names = plain_parts }

-- ---- PDF ---------------------------------------------------------------------------------------
local function words(inlines) -- a paragraph in pieces between which a column may end
  local out, piece = {}, pandoc.Inlines({})
  local function close()
    if #piece > 0 then
      local only_text = true
      for _, x in ipairs(piece) do only_text = only_text and x.t == "Str" end
      table.insert(out, only_text and typst_string(text(piece)) or "[" .. typst_inlines(piece) .. "]")
      piece = pandoc.Inlines({})
    end
  end
  for _, x in ipairs(inlines) do
    if x.t == "Space" or x.t == "SoftBreak" then close() else piece:insert(x) end
  end
  close()
  return "(" .. table.concat(out, ",") .. ",)"
end

local typst_div
local function typst_children(blocks) -- nested divs first, so that their code survives the inner write
  return typst_blocks(pandoc.Blocks(blocks):walk({ Div = function(x) return typst_div(x) end, traverse = "topdown" }))
end

local function column_item(b)
  if b.t == "Header" then
    return string.format("(kind: \"heading\", level: %d, id: %s, body: [%s])", b.level, typst_string(b.identifier), typst_inlines(b.content))
  elseif b.t == "Para" or b.t == "Plain" then
    return '(kind: "par", words: ' .. words(b.content) .. ")"
  elseif b.t == "BulletList" or b.t == "OrderedList" then
    local items = {}
    for _, item in ipairs(b.content) do table.insert(items, "[" .. typst_blocks(item) .. "]") end
    return string.format('(kind: "list", start: %s, items: (%s,))', b.t == "OrderedList" and b.start or "none", table.concat(items, ",\n"))
  end
  return '(kind: "block", body: [\n' .. typst_children({ b }) .. "\n])"
end

typst_div = function(el)
  local c, out = el.classes, {}
  if c:includes("finding") then
    local headline, chart = el.content[1], el.content[2]
    if #el.content ~= 2 or headline.t ~= "Para" or chart.t ~= "RawBlock" then fail("finding: expected a headline and a chart") end
    return typst((chart.text:gsub("^#chart%(", function() return "#chart(headline: [" .. typst_inlines(headline.content) .. "], " end)))
  end
  if c:includes("back-cover") then
    return typst("#back-cover(code: " .. typst_string(WEB_CODE) .. ")[\n" .. typst_children(el.content) .. "\n]")
  end
  for _, name in ipairs({ "lead", "note", "pull-quote", "signature" }) do
    if c:includes(name) then return typst("#" .. name .. "[\n" .. typst_children(el.content) .. "\n]") end
  end
  if c:includes("page-break") then return typst("#pagebreak(weak: true)") end
  if c:includes("fact-box") or c:includes("card") then -- a card without its cards is a box
    return typst(string.format("#fact-box(%s)[\n%s\n]", typst_string(el.attributes.title or ""), typst_children(el.content)))
  end
  if c:includes("text-columns") then
    for _, b in ipairs(el.content) do table.insert(out, column_item(b)) end
    return typst("#text-columns(\n" .. table.concat(out, ",\n") .. ",\n)")
  end
  for name, parts in pairs(SHAPED) do
    if c:includes(name) then
      for _, item in ipairs(items_of(el, name).content) do
        local first, rest = parts(item)
        local shown = name == "tiles" and words(rest) or "[" .. typst_inlines(rest) .. "]"
        table.insert(out, "([" .. typst_inlines(first) .. "], " .. shown .. ")")
      end
      return typst("#" .. name .. "(" .. table.concat(out, ",\n") .. ",)")
    end
  end
  if c:includes("cards") then
    for _, d in ipairs(el.content) do
      if d.t == "Div" then
        table.insert(out, string.format("(%s, [\n%s\n])", typst_string(d.attributes.title or ""), typst_children(d.content)))
      end
    end
    return typst("#cards(" .. table.concat(out, ",\n") .. ",)")
  end
  if c:includes("side-by-side") then
    for _, d in ipairs(el.content) do
      table.insert(out, "[\n" .. typst_children(d.t == "Div" and #d.classes == 0 and d.content or { d }) .. "\n]")
    end
    return typst("#side-by-side(" .. table.concat(out, ",\n") .. ",)")
  end
  return el.content
end

local n_chapters = 0
local function typst_header(h)
  if h.level ~= 1 then return nil end
  n_chapters = n_chapters + 1
  local args = { typst_string(h.identifier), "index: " .. n_chapters }
  for _, key in ipairs({ "label", "number", "short", "page" }) do
    if h.attributes[key] then table.insert(args, key .. ": " .. typst_string(h.attributes[key])) end
  end
  return typst(string.format("#chapter(%s)[%s]", table.concat(args, ", "), typst_inlines(h.content)))
end

local KEEPS = { ["data-table"] = true, tiles = true, cards = true, names = true, people = true, findings = true, asks = true }
local function form(block) return block and block.t == "RawBlock" and block.text:match("^#([%a-]+)%(") end
local PROSE = { Para = true, BulletList = true, OrderedList = true }
local function typst_body(doc) -- loose text gets a readable measure, and stays with what it introduces
  local out, text_follows, later = pandoc.Blocks({}), false, false
  for i, block in ipairs(doc.blocks) do -- under the head of a sheet's later page nothing is left free
    later = later or form(block) == "chapter" and block.text:find('page: "', 1, true) ~= nil
    if later and form(block) == "side-by-side" then doc.blocks[i] = typst("#row(" .. block.text:sub(15)) end
  end
  for i = #doc.blocks, 1, -1 do
    local block, here, below = doc.blocks[i], form(doc.blocks[i]), form(doc.blocks[i + 1])
    local stays = PROSE[block.t] and below and KEEPS[below]
    if here == "chapter" then text_follows = false end
    if PROSE[block.t] or here == "text-columns" then text_follows = true end
    if PROSE[block.t] then block = typst((stays and "#keep[\n" or "#prose[\n") .. typst_blocks({ block }) .. "\n]") end
    if here == "chart" and not SHEET then block = typst("#chart(floats: " .. tostring(text_follows) .. ", " .. block.text:sub(8)) end
    if not SHEET and not stays and block.t ~= "Header" and here ~= "chapter" and doc.blocks[i + 1] then
      out:insert(1, typst(below == "chapter" and "#feather(9mm, ends: true)" or below == "chart" and "#feather(6mm, share: 0.3fr)" or "#feather(6mm)"))
    end
    out:insert(1, block)
  end
  doc.blocks = out
  return doc
end

local function typst_meta(m)
  local function set(key, value) m[key] = pandoc.RawInline("typst", value) end
  local year, month, day = text(m["document-date"] or ""):match("^(%d+)-(%d+)-(%d+)$")
  local keywords = {}
  for _, k in ipairs(m.keywords or {}) do table.insert(keywords, typst_string(text(k))) end
  set("report-title", typst_string(text(m.title or "")))
  for _, key in ipairs({ "subtitle", "institution", "description", "notice", "document-status", "toc-title", "place" }) do
    set("report-" .. key, typst_string(text(m[key] or "")))
  end
  set("report-logo", PICTURES.logo and typst_string("/" .. PICTURES.logo[1].src) or "none")
  set("report-scene", text(m.scene or ""):match("^%d+$") or "0")
  set("report-date", year and string.format("datetime(year: %d, month: %d, day: %d)", year, month, day) or "none")
  set("report-keywords", "(" .. table.concat(keywords, ", ") .. (#keywords > 0 and ",)" or ")"))
  local language, region = text(m.lang or "sv-SE"):match("^(%a+)%-?(%a*)")
  set("report-language", typst_string(language))
  set("report-region", region ~= "" and typst_string(region) or "none")
  return m
end

-- ---- HTML --------------------------------------------------------------------------------------
local function titled_group(el, class)
  n_boxes = n_boxes + 1
  local id = "box-" .. n_boxes
  local blocks = pandoc.Blocks({ html('<p class="box-title" id="' .. id .. '">' .. html_escape(el.attributes.title or "") .. "</p>") })
  blocks:extend(el.content)
  return pandoc.Div(blocks, pandoc.Attr("", { class }, { { "role", "group" }, { "aria-labelledby", id } }))
end

local function column_sections(blocks) -- a heading of the second level spans the columns, as in print
  local out, columns = pandoc.Blocks({}), nil
  for _, b in ipairs(blocks) do
    if b.t == "Header" and b.level == 3 then
      out:insert(b)
      columns = nil
    else
      if not columns then
        columns = pandoc.Div({}, pandoc.Attr("", { "columns" }))
        out:insert(columns)
      end
      columns.content:insert(b)
    end
  end
  return out
end

local function html_div(el)
  local c = el.classes
  if c:includes("text-columns") then return pandoc.Div(column_sections(el.content), pandoc.Attr("", { "text-columns" })) end
  if c:includes("fact-box") or c:includes("card") then return titled_group(el, c:includes("card") and "card" or "fact-box") end
  if c:includes("page-break") then return {} end
  if c:includes("pull-quote") then
    return pandoc.Div({ pandoc.BlockQuote(el.content) }, pandoc.Attr("", { "pull-quote" }))
  end
  return nil
end

local function section_link(h, title) -- its sign is in the style sheet: no word of the heading's own
  return pandoc.Link({}, "#" .. h.identifier, "",
    pandoc.Attr("", { "section-link" }, { { "aria-label", "Länk till avsnittet " .. title } }))
end

local chapters = {}
local function html_header(h)
  local attributes, title = pairs_of(h, "lang"), text(h.content)
  local label, number = h.attributes.label, h.attributes.number
  if h.level == 1 then
    n_chapters = n_chapters + 1
    local prefix = label and '<span class="toc-label">' .. html_escape(label) .. "</span> " or ""
    table.insert(chapters, '<li><a href="#' .. html_escape(h.identifier) .. '">' .. prefix .. "<span>" .. html_escape(title) .. "</span></a></li>")
    if label then
      h.content:insert(1, pandoc.Space())
      h.content:insert(1, pandoc.Span({ pandoc.Str(label) }, pandoc.Attr("", { "label" })))
    end
    if number then table.insert(attributes, { "data-number", number }) end
  end
  if h.identifier ~= "" then h.content:insert(section_link(h, title)) end
  h.level = math.min(h.level + 1, 6)
  h.attr = pandoc.Attr(h.identifier, h.level == 2 and { "chapter" } or {}, attributes)
  return h
end

local function html_meta(m)
  local subtitle, institution = text(m.subtitle or ""), text(m.institution or "")
  local title = text(m.title or "") .. (subtitle ~= "" and (SHEET and " – " or " ") .. subtitle or "")
  m.pagetitle = pandoc.MetaString(title .. (institution ~= "" and " – " .. institution or ""))
  m["report-title"] = pandoc.MetaString(title)
  if PICTURES.logo then m["report-logo"] = pandoc.MetaBlocks({ html(picture(PICTURES.logo[1].src, PICTURES.logo[1].alt)) }) end
  if #chapters > 0 and not SHEET then m["report-contents"] = pandoc.MetaBlocks({ html("<ol>\n" .. table.concat(chapters, "\n") .. "\n</ol>") }) end
  return m
end

-- ---- DOCX --------------------------------------------------------------------------------------
local LISTS = { BulletList = "List Bullet", OrderedList = "List Number" }
local function docx_list(list, name)
  for i, item in ipairs(list.content) do list.content[i] = as_paragraphs(item) end
  return styled(name or LISTS[list.t], { list }), false
end

local function docx_div(el)
  if el.attributes["custom-style"] then return nil end -- already one of ours
  local c, out = el.classes, pandoc.Blocks({})
  if c:includes("lead") then return styled("Lead", el.content) end
  if c:includes("finding") then el.content[1] = styled("Chart Headline", { el.content[1] }) end
  if c:includes("note") then return styled("Note", el.content) end
  if c:includes("pull-quote") then return styled("Pull Quote", el.content) end
  if c:includes("page-break") then return pandoc.RawBlock("openxml", '<w:p><w:r><w:br w:type="page"/></w:r></w:p>') end
  if c:includes("fact-box") or c:includes("card") then
    out:insert(styled("Fact Box Title", { pandoc.Para({ pandoc.Str(el.attributes.title or "") }) }))
    for _, b in ipairs(el.content) do out:insert(LISTS[b.t] and docx_list(b, "Fact Box List") or styled("Fact Box", { b })) end
    return out
  end
  local tab = pandoc.RawInline("openxml", "<w:r><w:tab/></w:r>")
  if c:includes("names") then -- two in a line
    for i, item in ipairs(items_of(el, "names").content) do
      if i % 2 == 1 then out:insert(styled("Person", { pandoc.Para({}) })) else out[#out].content[1].content:insert(tab) end
      out[#out].content[1].content:extend(plain_parts(item))
    end
    if #items_of(el, "names").content % 2 == 1 then out[#out].content[1].content:insert(tab) end
    return out
  end
  local tiles = c:includes("tiles") or c:includes("findings")
  if tiles or c:includes("people") then
    for _, item in ipairs(items_of(el, "tiles or people").content) do
      local first, rest = (tiles and tile_parts or person_parts)(item)
      local line = pandoc.Inlines({ styled_inline(tiles and "Tile Value" or "Person Name", first) })
      line:insert(tab)
      line:extend(rest)
      out:insert(styled(tiles and "Tile" or "Person", { pandoc.Para(line) }))
    end
    return out
  end
  return el.content
end

local function docx_header(h) -- the label, empty where there is none, begins the page
  if h.level ~= 1 then return nil end
  local label = styled("Chapter Label", { pandoc.Para({ pandoc.Str(h.attributes.label or "") }) })
  h.attr = pandoc.Attr(h.identifier)
  return { label, h }
end

local function docx_meta(m)
  if m.institution then m.author = m.institution end
  m.date, m.abstract = nil, nil
  return m
end

local function docx_contents(doc) -- a field, with the chapters filled in for readers that update no fields
  local lines = pandoc.Blocks({})
  local function line(h)
    if h.level > 2 then return end
    local link = pandoc.Link({ pandoc.Str(text(h.content)) }, "#" .. h.identifier)
    lines:insert(styled("toc " .. h.level, { pandoc.Para({ link }) }))
  end
  doc:walk({ Header = line })
  if #lines == 0 or not doc.meta["toc-title"] then return pandoc.Blocks({}) end
  local function mark(xml) return pandoc.RawInline("openxml", xml) end
  local start = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve">'
    .. ' TOC \\o "1-2" \\h \\z \\u </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
  lines[1].content[1].content:insert(1, mark(start))
  lines[#lines].content[1].content:insert(mark('<w:r><w:fldChar w:fldCharType="end"/></w:r>'))
  lines:insert(1, styled("TOC Heading", { pandoc.Para({ pandoc.Str(text(doc.meta["toc-title"])) }) }))
  return lines
end

local function docx_front(doc)
  local front = docx_contents(doc)
  if doc.meta.notice then
    front:insert(1, styled("Notice", { pandoc.Para({ pandoc.Str(text(doc.meta.notice)) }) }))
  end
  front:insert(1, styled("Picture", { pandoc.Para({ docx_image("cover.png", "Tecknat landskap med kullar, sol och vindkraftverk", "") }) }))
  front:extend(doc.blocks)
  doc.blocks = front
  return doc
end

-- ---- the passes --------------------------------------------------------------------------------
local filters = { neutralise, { Pandoc = place_pictures }, { Span = claim_span }, { Figure = figure, Table = data_table_element } }
if TYPST then
  table.insert(filters, { Div = typst_div, Header = typst_header, traverse = "topdown" })
  table.insert(filters, { Meta = typst_meta, Pandoc = typst_body })
elseif HTML then
  table.insert(filters, { Div = html_div, Header = html_header })
  table.insert(filters, { Meta = html_meta })
else
  table.insert(filters, { Div = docx_div, Header = docx_header })
  local function leave(div) if div.attributes["custom-style"] then return div, false end end
  table.insert(filters, { Div = leave, BulletList = docx_list, OrderedList = docx_list, traverse = "topdown" })
  table.insert(filters, { Meta = docx_meta, Pandoc = docx_front })
end
return filters
