//! The placer of Coordination Tasks: read, search and version-aware update (20-technical-core section 13.2).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::Gtk;
use super::matching::task_matches;
use super::{carried, criteria, next_version};
use crate::base::clock;
use crate::deviation::Deviation;
use crate::wire::http::{HttpRequest, HttpResponse, header};
use crate::wire::task::fill;

impl Gtk {
    /// Places the Coordination Tasks of the template once.
    pub(in super::super) fn place_r4_tasks(&self, owner: &str) {
        let Some(templates) = &self.config.offering.templates.r4 else { return };
        let mut state = self.state();
        if !state.r4.tasks.is_empty() {
            return;
        }
        for template in templates.tasks.as_array().into_iter().flatten() {
            let id = uuid::Uuid::new_v4().to_string();
            let values = BTreeMap::from([
                ("task.id".to_owned(), id.clone()),
                ("placer.ura".to_owned(), self.config.identity.ura.clone()),
                ("owner.ura".to_owned(), owner.to_owned()),
                ("now".to_owned(), clock::rfc3339(clock::now())),
            ]);
            let mut task = fill(template, &values).unwrap_or_default();
            if let Some(deviation) = self.config.deviation {
                deviation.edit_r4_task(&mut task, &self.config.patient);
            }
            state.r4.tasks.insert(id, task);
        }
    }

    pub(super) fn search_tasks(&self, request: &HttpRequest) -> HttpResponse {
        let criteria = criteria(request);
        let mut found: Vec<Value> = self.state().r4.tasks.values().cloned().collect();
        found.retain(|t| criteria.iter().all(|(name, value)| task_matches(t, name, value)));
        self.found(&found, request)
    }

    pub(super) fn read_task(&self, id: &str, request: &HttpRequest) -> HttpResponse {
        let task = self.state().r4.tasks.get(id).cloned();
        match task {
            Some(task) => self.written(200, &task, request).with_header("etag", etag(&task)),
            None => self.not_found(request),
        }
    }

    pub(super) fn update_task(&self, id: &str, request: &HttpRequest) -> HttpResponse {
        let Some(old) = self.state().r4.tasks.get(id).cloned() else { return self.not_found(request) };
        if !self.deviates(Deviation::R4IgnoresIfMatch) {
            match header(&request.headers, "if-match") {
                None => return self.failure(400, "required", "an update names the version in If-Match", request),
                Some(version) if version != etag(&old) => {
                    return self.failure(412, "conflict", "there is a newer version", request);
                }
                Some(_) => {}
            }
        }
        let Some(new) = carried(request, "Task", id) else {
            return self.failure(400, "structure", "send the Task as FHIR JSON", request);
        };
        let new = next_version(&old, new);
        self.state().r4.tasks.insert(id.to_owned(), new.clone());
        self.written(200, &new, request).with_header("etag", etag(&new))
    }
}

/// The version as an entity tag.
fn etag(task: &Value) -> String {
    format!("W/\"{}\"", task.pointer("/meta/versionId").unwrap_or(&json!("1")).as_str().unwrap_or("1"))
}
