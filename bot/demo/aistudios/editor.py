"""What stands in for the vendor's editor, to which the app's links lead."""

from html import escape

from bot.demo.aistudios.records import Project

# The empty icon keeps browsers from asking for one, which would be one more call to the API.
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{name}</title>
<link rel="icon" href="data:,">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }}
img {{ width: 8rem; border-radius: 8px; }}
pre {{ font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; padding-left: 1rem; border-left: 4px solid; }}
</style>
<main>
<p><small>The demo's stand-in for AI Studios' editor.</small></p>
<h1>{name}</h1>
<img src="/thumbnails/{model}.png" alt="">
<p>State: <strong>{state}</strong></p>
<h2>Script</h2>
<pre>{script}</pre>
</main>
</html>
"""


def editor_page(project: Project) -> str:
    """HTML with the project's name, state and script."""
    words = {
        "name": project.name,
        "state": project.state,
        "script": project.request.text,
        "model": project.request.model,
    }
    return _PAGE.format_map({field: escape(value) for field, value in words.items()})
