# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Completion of tisane(8) for bash: verbs from its own summary, names from the
# daemon.

_tisane_names()
{
	tisane --json "$1" 2>/dev/null | sed -n "s/^ \{6\}\"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p"
}

_tisane()
{
	local cur=${COMP_WORDS[COMP_CWORD]} verb="" word words="" i
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		-s | --socket | -c | --config) ((i++)) ;;
		-*) ;;
		*) verb+="$word " ;;
		esac
	done
	case $verb in
	"") words=$(tisane --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\).*/\1/p') ;;
	"show " | "export "[a-z]*" ") words=$(_tisane_names luns name) ;;
	"export ") words="libvirt qemu iscsiadm multipath proxmox" ;;
	"session ") words="drop record" ;;
	"lun ") words="create grow set delete snapshot clone convert adopt export-image" ;;
	"job ") words="cancel" ;;
	"target ") words="list create delete add remove" ;;
	"target delete " | "target add " | "target remove ") words=$(_tisane_names targets name) ;;
	"target add "*\ *\ ) words="number" ;;
	"target add "*\  | "target remove "*\ ) words=$(_tisane_names luns name) ;;
	"target create "*\ ) words="alias portal-group auth-group" ;;
	"fault ") words="add list remove" ;;
	"fault add ") words=$(_tisane_names luns name) ;;
	"fault remove ") words=$(_tisane_names faults id) ;;
	"job cancel ") words=$(_tisane_names jobs id) ;;
	"lun delete "[a-zA-Z0-9]*) words="force data" ;;
	"lun snapshot "*\ * | "lun clone "*\ *) words="file size target number copy" ;;
	"initiator ") words="list set" ;;
	"initiator set ") words=$(_tisane_names initiators pattern) ;;
	"initiator set "*) words="limit-iops limit-bandwidth burst none" ;;
	"lun set "[a-zA-Z0-9]*) words="limit-iops limit-bandwidth threshold pool-threshold size burst none" ;;
	"lun set " | "lun grow " | "lun delete " | "lun snapshot " | "lun clone " | "lun convert " | "lun export-image ") words=$(_tisane_names luns name) ;;
	"lun convert "*) words="full sparse" ;;
	"lun adopt "*) words="keep new" ;;
	"lun create "*) words="file block lv nbd rbd tcmu ram null size allocation cache block-size read-only thin-pool stripes conf user namespace target number" ;;
	"session drop "|"session record ") words=$(_tisane_names sessions tsih) ;;
	"explain ") words="sense status login reject" ;;
	"why "*) words="from as to" ;;
	"import ") words="tgt lio ctl scst" ;;
	"import "[a-z]*" ") mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	"check ") mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	esac
	[[ $cur == -* ]] && words="--json --socket --config --version --help"
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur" | sort -u)
}
complete -F _tisane tisane
