{{- define "standin.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default "hami" .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "standin.scheduler" -}}
{{- printf "%s-scheduler" (include "standin.fullname" .) -}}
{{- end -}}

{{- /* Objects that belong to no namespace need a name that no other release has. */ -}}
{{- define "standin.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "standin.scheduler" .) -}}
{{- end -}}

{{- define "standin.webhook" -}}
{{- printf "%s-webhook" (include "standin.clusterName" .) -}}
{{- end -}}

{{- define "standin.selectorLabels" -}}
app.kubernetes.io/component: hami-scheduler
app.kubernetes.io/name: {{ default "hami" .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "standin.labels" -}}
{{ include "standin.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "standin.image" -}}
{{- with .registry }}{{ . }}/{{ end }}{{ .repository }}{{ with .tag }}:{{ . }}{{ end -}}
{{- end -}}

{{- /* The resources that are the extender's to count: kube-scheduler must not look for them among nodes'. */ -}}
{{- define "standin.resources" -}}
amd.com/gpu amd.com/gpumem amd.com/gpucores birentech.com/gpu cambricon.com/vmlu enflame.com/drs-gcu enflame.com/gcu-memory enflame.com/gcu-core enflame.com/gcu hygon.com/dcunum hygon.com/dcumem hygon.com/dcucores kunlunxin.com/vxpu kunlunxin.com/vxpu-memory kunlunxin.com/xpu metax-tech.com/sgpu metax-tech.com/vmemory metax-tech.com/vcore metax-tech.com/gpu mthreads.com/vgpu aws.amazon.com/neuron aws.amazon.com/neuroncore nvidia.com/gpu nvidia.com/gpumem nvidia.com/gpumem-percentage nvidia.com/gpucores nvidia.com/priority vastaitech.com/va
{{- if .Values.devices.ascend.enabled }} huawei.com/Ascend910B4 huawei.com/Ascend910B4-memory huawei.com/Ascend910B4-core huawei.com/Ascend910A huawei.com/Ascend910A-memory huawei.com/Ascend910A-core huawei.com/Ascend910B2 huawei.com/Ascend910B2-memory huawei.com/Ascend910B2-core huawei.com/Ascend910B3 huawei.com/Ascend910B3-memory huawei.com/Ascend910B3-core huawei.com/Ascend910B4-1 huawei.com/Ascend910B4-1-memory huawei.com/Ascend910B4-1-core huawei.com/Ascend910C huawei.com/Ascend910C-memory huawei.com/Ascend910C-core huawei.com/Ascend310P huawei.com/Ascend310P-memory huawei.com/Ascend310P-core{{ end -}}
{{- if .Values.devices.iluvatar.enabled }} iluvatar.ai/MR-V100-vgpu iluvatar.ai/MR-V100.vMem iluvatar.ai/MR-V100.vCore iluvatar.ai/MR-V50-vgpu iluvatar.ai/MR-V50.vMem iluvatar.ai/MR-V50.vCore iluvatar.ai/BI-V150-vgpu iluvatar.ai/BI-V150.vMem iluvatar.ai/BI-V150.vCore iluvatar.ai/BI-V100-vgpu iluvatar.ai/BI-V100.vMem iluvatar.ai/BI-V100.vCore{{ end -}}
{{- end -}}
