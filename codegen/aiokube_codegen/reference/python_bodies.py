"""The lines of an example in Python that are about its method."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from ..naming.names import attribute_name
from .catalog import Method
from .subject import USED, Subject, condition_of

BEFORE: Final = "\f"
"""Ends what stands before the main function."""


def positional(method: Method) -> list[str]:
    """Return the required positional arguments of a method."""
    found = []
    for argument in method.arguments:
        if argument == "*":
            break
        if "=" not in argument:
            found.append(argument)
    return found


def _shown(subject: Subject, result: str) -> str:
    if subject.returns_object:
        return f"print({result}.metadata.name)"
    return f"print({result})"


def _get(one: Subject) -> str:
    arguments = one.name if one.has("name") else ""
    return f"{one.result} = await {one.call}({arguments})\n{_shown(one, one.result)}"


def _item(one: Subject) -> str:
    return f"print({one.variable}.metadata.name)" if one.module else f"print({one.variable})"


def _list(one: Subject) -> str:
    return f"found = await {one.call}({one.selected()})\nfor {one.variable} in found.items:\n    {_item(one)}"


def _iterate(one: Subject) -> str:
    arguments = "all_namespaces=True" if one.has("all_namespaces") else ""
    return f"async for {one.variable} in {one.call}({arguments}):\n    {_item(one)}"


def _watch(one: Subject) -> str:
    shown = "event.object.metadata.name" if one.module else "event.object"
    return f"async for event in {one.call}({one.selected()}):\n    print(event.type, {shown})"


def _informer(one: Subject) -> str:
    return (
        f"async with {one.call}({one.selected()}) as cached:\n"
        '    print(len(cached), "objects")\n'
        "    async for change in cached.changes():\n"
        "        print(change.type, change.object.metadata.name)"
    )


def _condition(one: Subject) -> str:
    condition = condition_of(one.kind)
    return f'"{condition}"' if condition else "created"


def _wait_for(one: Subject) -> str:
    return f"{one.variable} = await {one.call}({one.name}, {_condition(one)}, timeout=60)\n{_item(one)}"


def _wait_for_all(one: Subject) -> str:
    call = f'await {one.call}({_condition(one)}, label_selector="app=web", timeout=60)'
    return f"for {one.variable} in {call}:\n    {_item(one)}"


def _wait_for_any(one: Subject) -> str:
    call = f'await {one.call}({_condition(one)}, label_selector="app=web", timeout=60)'
    return f"{one.variable} = {call}\n{_item(one)}"


def _from_file(one: Subject) -> tuple[str, str]:
    """The variable of the object that is sent, and the line that reads it."""
    sent = next(iter(part for part in one.method.arguments if ": " in part and not part.startswith("name:")), "")
    cls = sent.partition(": ")[2].partition(" | ")[0]
    if not re.fullmatch(r"\w+\.\w+", cls):
        return "body", 'body = {"spec": {}}'
    variable = attribute_name(cls.rpartition(".")[2])
    variable = f"{variable}_" if variable in USED else variable
    return variable, f'{variable} = {cls}.from_yaml(Path("{variable.replace("_", "-")}.yaml").read_text())'


def _sent(one: Subject) -> str:
    variable, line = _from_file(one)
    name = f"{one.name}, " if one.has("name") else ""
    if one.method.returns == "None":
        return f"{line}\nawait {one.call}({name}{variable})"
    return f"{line}\nstored = await {one.call}({name}{variable})\n{_shown(one, 'stored')}"


def _apply(one: Subject) -> str:
    variable, line = _from_file(one)
    return f'{line}\nstored = await {one.call}({variable}, field_manager="me")\n{_shown(one, "stored")}'


_CHANGED_METADATA: Final = '{"metadata": {"labels": {"color": "blue"}}}'


def _patch(one: Subject) -> str:
    body = {"scale": '{"spec": {"replicas": 3}}', "status": '{"status": {}}'}.get(
        one.method.subresource, _CHANGED_METADATA
    )
    return f"{one.result} = await {one.call}({one.name}, {body})\n{_shown(one, one.result)}"


def _edit(one: Subject) -> str:
    item = one.method.returns
    change = "obj.spec.replicas = 3" if one.method.subresource == "scale" else 'obj.metadata.labels = {"color": "blue"}'
    if one.method.subresource == "status":
        change = "print(obj.status)  # change it here"
    return (
        f"def change_it(obj: {item}) -> None:\n"
        f"    {change}\n{BEFORE}"
        f"{one.result} = await {one.call}({one.name}, change_it)\n{_shown(one, one.result)}"
    )


def _delete(one: Subject) -> str:
    return f"await {one.call}({one.name if one.has('name') else one.selected()})"


def _labels(one: Subject) -> str:
    what = '{"example.com/owner": "team-a"}'
    return f"{one.result} = await {one.call}({one.name}, {what})\n{_shown(one, one.result)}"


def _plain(*arguments: str) -> Callable[[Subject], str]:
    def body(one: Subject) -> str:
        given = ", ".join((one.name, *arguments))
        return f"{one.result} = await {one.call}({given})\n{_shown(one, one.result)}"

    return body


def _history(one: Subject) -> str:
    return f"for revision in await {one.call}({one.name}):\n    print(revision.number, revision.change_cause)"


def _rollout(one: Subject) -> str:
    return f"async for step in {one.call}({one.name}, timeout=300):\n    print(step.message)"


def _drain(one: Subject) -> str:
    return (
        f"drained = await {one.call}({one.name}, ignore_daemonsets=True, timeout=600)\n"
        'print(len(drained.evicted), "pods evicted")'
    )


def _top(one: Subject) -> str:
    return f"for usage in await {one.call}():\n    print(usage.name, usage.cpu, usage.memory)"


def _log(one: Subject) -> str:
    return f"print(await {one.call}({one.name}, tail_lines=20))"


def _lines(one: Subject) -> str:
    return (
        f"async with aclosing({one.call}({one.name}, follow=True)) as lines:\n"
        "    async for line in lines:\n"
        "        print(line)"
    )


def _lines_of_pods(one: Subject) -> str:
    name = '"deploy/web"' if one.method.runtime == "_logs" else one.name
    return (
        f"async with aclosing({one.call}({name}, follow=True)) as lines:\n"
        "    async for line in lines:\n"
        "        print(line.pod, line.container, line.text)"
    )


def _exec(one: Subject) -> str:
    command = ', ["cat"]' if one.method.runtime == "_exec" else ""
    return (
        f"async with {one.call}({one.name}{command}, stdin=True) as process:\n"
        "    assert process.stdin and process.stdout  # None unless requested\n"
        '    process.stdin.write(b"hello\\n")\n'
        "    await process.stdin.drain()\n"
        "    print(await process.stdout.readline())"
    )


def _run(one: Subject) -> str:
    return (
        f'done = await {one.call}({one.name}, ["uname", "-a"], timeout=30)\n'
        "print(done.returncode, done.stdout.decode())"
    )


def _copy(one: Subject) -> str:
    places = '"settings.txt", "/tmp/settings.txt"' if one.method.runtime == "_copy_to" else '"/tmp/out.txt", "out.txt"'
    return f'copied = await {one.call}({one.name}, {places})\nprint(copied.files, "files")'


def _port_forward(one: Subject) -> str:
    return (
        f"async with {one.call}({one.name}, 80, local_port=8080) as forwarder:\n"
        '    print(f"http://127.0.0.1:{forwarder.port}")\n'
        "    await asyncio.sleep(60)"
    )


def _open_port(one: Subject) -> str:
    return (
        f"async with {one.call}({one.name}, 80) as (reader, writer):\n"
        '    writer.write(b"GET / HTTP/1.0\\r\\n\\r\\n")\n'
        "    print(await reader.readline())"
    )


def _proxy(one: Subject) -> str:
    return (
        f'async with {one.call}({one.name}, "healthz") as response:\n    print(response.status, await response.text())'
    )


def _proxy_websocket(one: Subject) -> str:
    return (
        f'async with {one.call}({one.name}, "socket") as socket:\n'
        '    await socket.send("hello")\n'
        "    print(await socket.receive())"
    )


def _create_token(one: Subject) -> str:
    return f"token = await {one.call}({one.name}, seconds=3600)\nprint(len(token))"


def _evict(one: Subject) -> str:
    return f"await {one.call}({one.name})"


def _request(one: Subject) -> str:
    given = ['"example"' if ": str" in argument else "1" for argument in positional(one.method)]
    arguments = ", ".join(given)
    if one.method.usage == "async with":
        return f"async with {one.call}({arguments}) as socket:\n    print(await socket.receive())"
    if one.method.returns == "None":
        return f"await {one.call}({arguments})"
    return f"print(await {one.call}({arguments}))"


_BY_METHOD: Final[Mapping[str, Callable[[Subject], str]]] = {
    "_get": _get,
    "_list": _list,
    "_iterate": _iterate,
    "_watch": _watch,
    "_informer": _informer,
    "_metadata_informer": _informer,
    "_wait_for": _wait_for,
    "_wait_for_all": _wait_for_all,
    "_wait_for_any": _wait_for_any,
    "_create": _sent,
    "_submit": _sent,
    "_replace": _sent,
    "_apply": _apply,
    "_patch": _patch,
    "_edit": _edit,
    "_delete": _delete,
    "_set_metadata": _labels,
    "_scale": _plain("3"),
    "_restart": _plain(),
    "_set_image": _plain('{"web": "nginx:1.30"}'),
    "_undo": _plain(),
    "_rollout_history": _history,
    "_wait_rollout": _plain("timeout=300"),
    "_rollout": _rollout,
    "_cordon": _plain(),
    "_drain": _drain,
    "_top_pods": _top,
    "_top_nodes": _top,
    "_log": _log,
    "_log_lines": _lines,
    "_all_log_lines": _lines_of_pods,
    "_logs": _lines_of_pods,
    "_exec": _exec,
    "_attach": _exec,
    "_run": _run,
    "_copy_to": _copy,
    "_copy_from": _copy,
    "_port_forward": _port_forward,
    "_open_port": _open_port,
    "_proxy": _proxy,
    "_proxy_websocket": _proxy_websocket,
    "_create_token": _create_token,
    "_evict": _evict,
}
"""By the runtime's method."""


def body_of(subject: Subject) -> str:
    """Return the lines about a method; what stands before the main function ends in `BEFORE`."""
    return _BY_METHOD.get(subject.method.runtime, _request)(subject)
